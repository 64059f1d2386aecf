import PRICES from './prices.json' with { type: 'json' }

/** Of messages that WhatsApp calls anything else it charges nothing: the window of an advertisement, the free tier. */
const CHARGED = 'regular'
/** Meta counts days in the account's time zone; for Indian accounts that is this one. */
const IST_MS = 5.5 * 3_600_000

const COUNTRIES: readonly [prefix: string, country: string][] = [['+91', 'IN']]

/** The tax on the vendor's invoice (GST), in percent. */
export const TAX_PERCENT = PRICES.taxPercent

/** The country of a phone number (E.164) or of a business-scoped id (`IN.…`); null where our table has no prices. */
export function countryOf(address: string): string | null {
  if (!address.startsWith('+')) return address.split('.')[0] ?? null
  return COUNTRIES.find(([prefix]) => address.startsWith(prefix))?.[1] ?? null
}

/**
 * What one delivered message costs at a moment, in thousandths of a paisa and without tax; null when the table has no
 * price for the country and category.
 */
export function priceOf(country: string | null, category: string, at: Date): number | null {
  const day = new Date(at.getTime() + IST_MS).toISOString().slice(0, 10)
  const prices = PRICES.prices.filter(
    (price) => price.country === country && price.category === category.toLowerCase() && price.validFrom <= day,
  )
  return prices.toSorted((one, other) => one.validFrom.localeCompare(other.validFrom)).at(-1)?.millipaise ?? null
}

/** The same for a price that WhatsApp told: nothing where it says that the message is free. */
export const costOf = (pricing: { type: string; category: string }, country: string | null, at: Date): number | null =>
  pricing.type === CHARGED ? priceOf(country, pricing.category, at) : 0

/** Thousandths of a paisa as whole paise, upwards: an estimate is never too low. */
export const paise = (millipaise: number): number => Math.ceil(millipaise / 1_000)
