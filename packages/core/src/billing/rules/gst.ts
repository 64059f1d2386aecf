import type { StateCode } from '@pramaan/shared'

/** CGST 9 + SGST 9 within a state, IGST 18 across (SAC 9983). */
export const GST_PERCENT = 18

export interface TaxSplit {
  grossPaise: number
  taxablePaise: number
  cgstPaise: number
  sgstPaise: number
  igstPaise: number
}

/**
 * The tax inside a price that includes it, to the paisa: the parts always add up to the whole. An odd paisa of tax within
 * a state goes to CGST.
 *
 * @param grossPaise whole paise, GST included
 */
export function splitGst(grossPaise: number, places: { supplier: StateCode; supply: StateCode }): TaxSplit {
  const taxablePaise = Math.round((grossPaise * 100) / (100 + GST_PERCENT))
  const tax = grossPaise - taxablePaise
  if (places.supplier !== places.supply) {
    return { grossPaise, taxablePaise, cgstPaise: 0, sgstPaise: 0, igstPaise: tax }
  }
  const sgstPaise = Math.floor(tax / 2)
  return { grossPaise, taxablePaise, cgstPaise: tax - sgstPaise, sgstPaise, igstPaise: 0 }
}

/** The financial year in India of a day `YYYY-MM-DD`, April to March, as `2627` for 2026-27. */
export function financialYear(day: string): string {
  const year = Number(day.slice(0, 4)) - (day.slice(5, 7) < '04' ? 1 : 0)
  return `${String(year % 100).padStart(2, '0')}${String((year + 1) % 100).padStart(2, '0')}`
}

const PREFIX = { invoice: 'PRM', credit_note: 'PRC' } as const

/** At most 16 characters, unique in the financial year (CGST Rules, 46 (b)): `PRM/2627/0000001`. */
export const documentSeries = (kind: keyof typeof PREFIX, day: string): string =>
  `${PREFIX[kind]}/${financialYear(day)}`

export const documentNumber = (series: string, count: number): string => `${series}/${String(count).padStart(7, '0')}`
