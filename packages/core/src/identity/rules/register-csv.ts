import { LicenceClaim, type LicenceType } from '@pramaan/shared'
import { endOfIstDay } from './licence-day.ts'

export interface RegisterEntry {
  number: string
  name: string
  validUntil: Date | null
}

/** What stands wrong in a list, and where: the line as an editor counts it. */
export class RegisterCsvError extends Error {}

/** Headings under which the regulators' lists name what we need, in lower case. */
const HEADINGS = {
  number: ['number', 'arn', 'arn no', 'arn number', 'registration no', 'registration no.', 'registration number'],
  name: ['name', 'arn holder name', "arn holder's name", 'registered name'],
  validUntil: ['validuntil', 'valid until', 'valid till', 'arn valid till', 'validity', 'to'],
}

const MAX_NAME = 300

/**
 * Reads a published list of registrations: CSV (RFC 4180) whose first line names the columns. Numbers must have the form
 * of the register; a list with one that has not is refused whole, as nobody could say what else is wrong with it.
 *
 * @throws RegisterCsvError with words for whoever imports it
 */
export function readRegisterCsv(type: LicenceType, csv: string): RegisterEntry[] {
  const [heading, ...rows] = parseCsv(csv.replace(/^\uFEFF/, ''))
  const titles = (heading?.cells ?? []).map((cell) => cell.trim().toLowerCase())
  const column = (names: string[]) => titles.findIndex((title) => names.includes(title))
  const [number, name, validUntil] = [column(HEADINGS.number), column(HEADINGS.name), column(HEADINGS.validUntil)]
  if (number < 0 || name < 0)
    throw new RegisterCsvError('The first line must name the columns: number,name,validUntil.')
  if (rows.length === 0) throw new RegisterCsvError('The list has no entry.')
  const entries = rows.map(({ cells, line }) => {
    const claim = LicenceClaim.safeParse({ type, number: normalNumber(type, cells[number] ?? '') })
    if (!claim.success)
      throw new RegisterCsvError(`Line ${line}: "${(cells[number] ?? '').slice(0, 40)}" is no ${type} number.`)
    return {
      number: claim.data.number,
      name: (cells[name] ?? '').trim().slice(0, MAX_NAME),
      validUntil: readDay(cells[validUntil] ?? '', line),
    }
  })
  return [...new Map(entries.map((entry) => [entry.number, entry])).values()]
}

/** AMFI prints an ARN with and without its prefix. */
function normalNumber(type: LicenceType, cell: string): string {
  const number = cell.trim().toUpperCase()
  return type === 'MFD' && /^\d{1,6}$/.test(number) ? `ARN-${number}` : number
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A day as the lists write it: 2027-12-31, 31-12-2027, 31/12/2027 or 31-Dec-2027; it counts to its end in India. */
function readDay(cell: string, line: number): Date | null {
  const text = cell.trim()
  if (text === '' || /^perpetual$/i.test(text)) return null
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  const indian = /^(\d{1,2})[-/ ](\d{1,2}|[A-Za-z]{3})[-/ ](\d{4})$/.exec(text)
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : [indian?.[3], indian?.[2], indian?.[1]]
  const named = MONTHS.indexOf((month ?? '').toLowerCase()) + 1
  const written = `${year}-${String(named || month).padStart(2, '0')}-${day?.padStart(2, '0')}`
  const midnight = new Date(`${written}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== written) {
    throw new RegisterCsvError(`Line ${line}: "${text.slice(0, 40)}" is no day. Write it as 2027-12-31.`)
  }
  return endOfIstDay(written)
}

interface Row {
  cells: string[]
  line: number
}

/** RFC 4180: quoted cells may hold commas, line breaks and doubled quotes. Empty lines are left out. */
function parseCsv(csv: string): Row[] {
  const rows: Row[] = []
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  let row: Row = { cells: [], line: 1 }
  let line = 1
  while (token.lastIndex < csv.length) {
    const at = token.lastIndex
    const found = token.exec(csv)
    if (!found) throw new RegisterCsvError(`Line ${line}: a quote stands where none belongs.`)
    row.cells.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    line += csv.slice(at, token.lastIndex).split('\n').length - 1
    if (found[3] === ',') {
      if (token.lastIndex === csv.length) row.cells.push('')
      else continue
    }
    if (row.cells.some((cell) => cell.trim() !== '')) rows.push(row)
    row = { cells: [], line }
  }
  return rows
}
