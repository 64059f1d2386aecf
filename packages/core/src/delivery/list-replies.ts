import { schema, statement } from '@pramaan/db'
import { ReplyListInput } from '@pramaan/shared'
import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'

const { replies } = schema

const page = statement((queries) =>
  queries
    .select()
    .from(replies)
    .where(and(eq(replies.advisorId, sql.placeholder('advisorId')), lt(replies.id, sql.placeholder('before'))))
    .orderBy(desc(replies.id))
    .limit(sql.placeholder('limit'))
    .prepare('delivery_reply_page'),
)

/** What people wrote to the advisor's number, newest first, in clear; media by the id under which WhatsApp keeps them. */
export const listReplies = query({
  name: 'reply.list',
  input: ReplyListInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const list = `replies:${advisorId}`
    const before = input.cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, input.cursor)
    const rows = await page(ctx.db.read).execute({ advisorId, before, limit: input.limit + 1 })
    const { items, nextCursor } = toPage(ctx.keys, list, rows, {
      limit: input.limit,
      keyOf: (row) => row.id,
      view: async ({ id, recipientId, kind, body, mediaId, deliveryId, receivedAt }) => {
        const place = { table: 'replies', column: 'body', rowId: id }
        const text = body === null ? null : await ctx.keys.open(ctx.db.read, advisorId, place, body)
        return { id, recipientId, kind, text, mediaId, deliveryId, receivedAt: receivedAt.toISOString() }
      },
    })
    return { items: await Promise.all(items), nextCursor }
  },
})
