import { AddRecipientInput } from '@pramaan/shared'
import type { z } from 'zod'

/** The columns of an import, as the first line names them; capitals, blanks and underscores do not matter. */
const IMPORT_COLUMNS = [
  'phone',
  'name',
  'segments',
  'consentSource',
  'consentWording',
  'consentGivenAt',
  'consentEvidence',
] as const
type Column = (typeof IMPORT_COLUMNS)[number]

const plain = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '')
const BY_PLAIN = new Map<string, Column>(IMPORT_COLUMNS.map((column) => [plain(column), column]))

/** The column that a title means; null for one that is not ours. */
export const columnOf = (title: string): Column | null => BY_PLAIN.get(plain(title)) ?? null

/** A cell that our own export has made harmless for spreadsheets. */
const unguarded = (cell: string) => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell)

/** Ten digits of an Indian mobile number get the country's code; blanks, dashes and brackets go. */
function phoneOf(cell: string): string {
  const digits = cell.replace(/[\s().-]/g, '').replace(/^00/, '+')
  return /^[6-9]\d{9}$/.test(digits) ? `+91${digits}` : digits
}

/** `2026-11-20`, or a time with zone. */
const timeOf = (cell: string) => (/^\d{4}-\d{2}-\d{2}$/.test(cell) ? `${cell}T00:00:00.000Z` : cell)

/** Which column a problem is about, by the field of the input. */
const COLUMN_OF: Readonly<Record<string, Column>> = {
  phone: 'phone',
  name: 'name',
  segments: 'segments',
  'consent.source': 'consentSource',
  'consent.wording': 'consentWording',
  'consent.givenAt': 'consentGivenAt',
  'consent.evidence': 'consentEvidence',
}

type Row = { ok: true; recipient: z.output<typeof AddRecipientInput> } | { ok: false; column: string; message: string }

/** One line of an import as a recipient with consent, or the first thing that is wrong with it. */
export function readImportRow(cells: Partial<Record<Column, string>>): Row {
  const cell = (column: Column) => unguarded((cells[column] ?? '').trim())
  const optional = (column: Column) => cell(column) || undefined
  const parsed = AddRecipientInput.safeParse({
    phone: phoneOf(cell('phone')),
    name: optional('name'),
    segments: cell('segments')
      .split(/[;|]/)
      .map((segment) => segment.trim().toLowerCase())
      .filter(Boolean),
    consent: {
      source: cell('consentSource'),
      wording: cell('consentWording'),
      givenAt: timeOf(cell('consentGivenAt')),
      evidence: optional('consentEvidence'),
    },
  })
  if (parsed.success) return { ok: true, recipient: parsed.data }
  const [issue] = parsed.error.issues
  const path = issue?.path.filter((part) => typeof part === 'string').join('.') ?? ''
  return { ok: false, column: COLUMN_OF[path] ?? path, message: issue?.message ?? 'is wrong' }
}
