import { schema, statement } from '@pramaan/db'
import { RecipientListInput } from '@pramaan/shared'
import { and, desc, eq, lt, ne, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { recipientView } from './views.ts'

const { recipients } = schema

const page = statement((queries) =>
  queries
    .select()
    .from(recipients)
    .where(
      and(
        eq(recipients.advisorId, sql.placeholder('advisorId')),
        lt(recipients.id, sql.placeholder('before')),
        ne(recipients.state, 'erased'),
      ),
    )
    .orderBy(desc(recipients.id))
    .limit(sql.placeholder('limit'))
    .prepare('delivery_recipient_page'),
)

/** The advisor's recipients, newest first, with phone and name in clear. */
export const listRecipients = query({
  name: 'recipient.list',
  input: RecipientListInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `recipients:${advisorId}`
    const before = input.cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, input.cursor)
    const rows = await page(ctx.db.read).execute({ advisorId, before, limit: input.limit + 1 })
    const { items, nextCursor } = toPage(ctx.keys, list, rows, {
      limit: input.limit,
      keyOf: (row) => row.id,
      view: (row) => recipientView(ctx.keys, ctx.db.read, row),
    })
    return { items: await Promise.all(items), nextCursor }
  },
})
