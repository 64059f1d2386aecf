import { schema, statement } from '@pramaan/db'
import { ExportRecipientsInput } from '@pramaan/shared'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, encodeCursor } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { csvLine } from './rules/csv-line.ts'
import { recipientView } from './views.ts'

const { recipients } = schema
const given = sql.placeholder

const part = statement((queries) =>
  queries
    .select()
    .from(recipients)
    .where(and(eq(recipients.advisorId, given('advisorId')), gt(recipients.id, given('after'))))
    .orderBy(asc(recipients.id))
    .limit(given('limit'))
    .prepare('delivery_recipient_export'),
)

const START = '00000000-0000-0000-0000-000000000000'
const TITLES = ['id', 'phone', 'name', 'segments', 'state', 'problem', 'createdAt'] as const

/**
 * The advisor's recipients as CSV, in parts; only the first part has the line of titles. No cell of it is a formula to a
 * spreadsheet, and an import reads it again.
 */
export const exportRecipients = query({
  name: 'recipient.list_csv',
  input: ExportRecipientsInput,
  async run(ctx, { cursor, limit }) {
    const advisorId = advisorIdOf(ctx)
    const list = `recipients.export:${advisorId}`
    const after = cursor === undefined ? START : decodeCursor(ctx.keys, list, cursor)
    const rows = await part(ctx.db.read).execute({ advisorId, after, limit })
    const views = await Promise.all(rows.map((row) => recipientView(ctx.keys, ctx.db.read, row)))
    const lines = views.map(({ segments, phone, name, problem, ...view }) => {
      const cells = {
        ...view,
        phone: phone ?? '',
        name: name ?? '',
        problem: problem ?? '',
        segments: segments.join(';'),
      }
      return csvLine(TITLES.map((title) => cells[title]))
    })
    const last = rows.at(-1)
    return {
      csv: [...(cursor === undefined ? [csvLine(TITLES)] : []), ...lines].join(''),
      nextCursor: last && rows.length === limit ? encodeCursor(ctx.keys, list, last.id) : null,
    }
  },
})
