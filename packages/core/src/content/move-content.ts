import { schema, statement } from '@pramaan/db'
import type { ContentStatus } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { mayCause } from './may-cause.ts'
import { type ContentEvent, type Facts, stepOf } from './rules/state.ts'

const { contents } = schema

/** Locks the row first, so that the status it is moved from is the one that stood there. */
const moveRow = statement((queries) => {
  const before = queries
    .select({ advisorId: contents.advisorId, id: contents.id, status: contents.status })
    .from(contents)
    .where(
      and(
        eq(contents.advisorId, sql.placeholder('advisorId')),
        eq(contents.id, sql.placeholder('contentId')),
        eq(contents.versionId, sql.placeholder('versionId')),
        sql`${contents.status} = any(${sql.placeholder('from')}::text[])`,
      ),
    )
    .for('update')
    .as('before')
  return queries
    .update(contents)
    .set({ status: sql`${sql.placeholder('to')}`, updatedAt: sql`${sql.placeholder('now')}::timestamptz` })
    .from(before)
    .where(and(eq(contents.advisorId, before.advisorId), eq(contents.id, before.id)))
    .returning({ from: before.status })
    .prepare('content_move')
})

export interface Move {
  advisorId: string
  contentId: string
  /** The version meant: a newer one is not moved by what was decided about an older one. */
  versionId: string
  event: ContentEvent
  /** What the guard of the event looks at. */
  facts?: Facts
}

/**
 * Moves a text by the state table, with one conditional UPDATE in the open transaction. Other domains move content only
 * through here.
 *
 * @returns null when the text is not at this version or not in a state from which the event is allowed: somebody was faster
 * @throws Error when the actor may not cause the event, or its guard does not hold: the caller had to check that before
 */
export async function moveContent(
  ctx: CommandCtx,
  { event, facts, ...which }: Move,
): Promise<{ from: ContentStatus; to: ContentStatus } | null> {
  if (!mayCause(ctx.actor, event, facts)) throw new Error(`this actor or guard forbids ${event}`)
  const { from, to } = stepOf(event)
  const [row] = await moveRow(ctx.tx).execute({ ...which, from, to, now: ctx.now().toISOString() })
  return row ? { from: row.from, to } : null
}
