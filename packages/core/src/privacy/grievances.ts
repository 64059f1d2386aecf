import { type Queries, schema } from '@pramaan/db'
import { AnswerGrievanceInput, RaiseGrievanceInput } from '@pramaan/shared'
import { and, asc, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import type { Keys } from '../platform/crypto.ts'
import { notFound } from '../platform/errors.ts'
import { command, query } from '../platform/use-case.ts'

const { grievances } = schema
type Row = typeof grievances.$inferSelect

/** At the latest within ninety days (DPDP Rules 2025, rule 14). */
const ANSWER_MS = 90 * 24 * 3_600_000
const OPEN_AT_ONCE = 100

const place = (column: 'text' | 'answer', id: string) => ({ table: 'grievances', column, rowId: id })

async function grievanceView(keys: Keys, queries: Queries, row: Row) {
  const open = (column: 'text' | 'answer', sealed: Buffer) =>
    keys.open(queries, row.userId, place(column, row.id), sealed)
  return {
    id: row.id,
    state: row.state,
    text: await open('text', row.text),
    raisedAt: row.raisedAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    answer: row.answer === null ? null : await open('answer', row.answer),
    answeredAt: row.answeredAt?.toISOString() ?? null,
  }
}

/** Everything that a person complained about, newest first, with the answers. */
export async function grievancesOf(keys: Keys, queries: Queries, userId: string) {
  const rows = await queries.select().from(grievances).where(eq(grievances.userId, userId)).orderBy(desc(grievances.id))
  return Promise.all(rows.map((row) => grievanceView(keys, queries, row)))
}

/** Complains about how the caller's personal data is handled. The clock of ninety days starts. */
export const raiseGrievance = command({
  name: 'grievance.raise',
  input: RaiseGrievanceInput,
  async run(ctx, { text }) {
    const userId = userIdOf(ctx)
    const [id, raisedAt] = [ctx.newId(), ctx.now()]
    const dueAt = new Date(raisedAt.getTime() + ANSWER_MS)
    const key = await ctx.keys.dataKeyOf(ctx.tx, userId)
    const sealed = ctx.keys.seal(key, place('text', id), text)
    const [row] = await ctx.tx.insert(grievances).values({ userId, id, text: sealed, raisedAt, dueAt }).returning()
    if (!row) throw new Error('an insert without a conflict returned nothing')
    return {
      output: await grievanceView(ctx.keys, ctx.tx, row),
      audit: { action: 'grievance.raised', objectType: 'grievance', objectId: id, detail: { dueAt } },
    }
  },
})

/** The caller's grievances, newest first. */
export const listGrievances = query({
  name: 'grievance.list',
  input: z.strictObject({}).prefault({}),
  run: async (ctx) => ({ items: await grievancesOf(ctx.keys, ctx.db.read, userIdOf(ctx)) }),
})

/** The open grievances of everybody, the most urgent first. */
export const listOpenGrievances = query({
  name: 'grievance.list_open',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    const rows = await ctx.db.read
      .select()
      .from(grievances)
      .where(eq(grievances.state, 'open'))
      .orderBy(asc(grievances.dueAt))
      .limit(OPEN_AT_ONCE)
    return { items: await Promise.all(rows.map((row) => grievanceView(ctx.keys, ctx.db.read, row))) }
  },
})

/** Answers a grievance, once. @throws AppError `not_found` when there is none that is open */
export const answerGrievance = command({
  name: 'grievance.answer',
  input: AnswerGrievanceInput,
  async run(ctx, { id, answer }) {
    const isOpen = and(eq(grievances.id, id), eq(grievances.state, 'open'))
    const [before] = await ctx.tx.select().from(grievances).where(isOpen).for('update')
    if (!before) throw notFound('open grievance')
    const key = await ctx.keys.dataKeyOf(ctx.tx, before.userId)
    const sealed = ctx.keys.seal(key, place('answer', id), answer)
    const [row] = await ctx.tx
      .update(grievances)
      .set({ state: 'answered', answer: sealed, answeredAt: ctx.now(), answeredBy: userIdOf(ctx) })
      .where(isOpen)
      .returning()
    if (!row) throw new Error('a locked grievance has vanished')
    return {
      output: await grievanceView(ctx.keys, ctx.tx, row),
      audit: { action: 'grievance.answered', objectType: 'grievance', objectId: id, from: 'open', to: 'answered' },
    }
  },
})
