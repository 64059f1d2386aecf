import { withoutFormula } from '@pramaan/shared'

/** One line of CSV (RFC 4180), every cell in quotes, none that a spreadsheet runs. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => `"${withoutFormula(cell).replaceAll('"', '""')}"`).join(',')}\r\n`
