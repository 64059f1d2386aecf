import { schema } from '@pramaan/db'
import { and, asc, eq, gt, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { moveContent } from '../content/index.ts'
import { noticeJob } from '../identity/index.ts'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { command, type Result } from '../platform/use-case.ts'
import { digestForFirm, type PackInForce, readPackInForce } from './rules-in-force.ts'

/** What one sweep does at most of each kind; the next one goes on. */
const BATCH = 200

/** How long before its end an approval is announced to lapse. */
const WARN_MS = 14 * 24 * 3_600_000

const { liveApprovals: live } = schema
type Live = typeof live.$inferSelect

/** Why an approval ends before its text does. What the rules end can come back by other rules, so it is suspended. */
const ENDS = {
  ran_out: { event: 'expire', reason: 'the approval ran out' },
  licence: { event: 'expire', reason: 'a licence that the text names is no longer in force' },
  activated: { event: 'suspend', reason: 'rules were activated that decide otherwise on the text' },
  rules: { event: 'suspend', reason: 'the rules changed since the approval' },
} as const
type End = keyof typeof ENDS

/**
 * Ends approvals that ran out, that name a licence which is no longer in force, or that were given by other rules, and
 * announces those that will run out. Their texts can be submitted again as they are; delivery holds what was to be sent.
 * That nothing is sent in the meantime does not rest on this sweep, as every sending asks the proof.
 */
export async function sweepApprovals(ctx: Ctx): Promise<void> {
  for (const end of Object.keys(ENDS) as End[]) await lapse(ctx, { end })
  await warn(ctx, {})
}

/** Ends at once, batch by batch, what an activation refuses. */
export async function suspendActivated(ctx: Ctx): Promise<void> {
  while ((await lapse(ctx, { end: 'activated' })) === BATCH);
}

const noticeOf = (ctx: Ctx, topic: 'approval_lapsing' | 'approval_lapsed', row: Live) =>
  noticeJob.with({
    kind: 'notice',
    noticeId: ctx.newId(),
    topic,
    advisorId: row.advisorId,
    objectId: row.contentId,
    userId: row.authorId,
  })

const entryOf = (row: Live, action: string, rest: Partial<AuditEntry>): AuditEntry => ({
  action,
  objectType: 'content',
  objectId: row.contentId,
  advisorId: row.advisorId,
  ruleSetDigest: row.ruleSetDigest,
  ...rest,
  detail: { approvalId: row.approvalId, ...rest.detail },
})

/** @returns how many rows it took */
const lapse = command({
  name: 'approval.lapse',
  input: z.strictObject({ end: z.enum(['ran_out', 'licence', 'activated', 'rules']) }),
  async run(ctx, { end }): Promise<Result<number>> {
    const rows = await take(ctx, conditionOf(ctx, end, await readPackInForce(ctx.tx)))
    const { event, reason } = ENDS[end]
    const ended: { row: Live; entry: AuditEntry }[] = []
    for (const row of rows) {
      const { advisorId, contentId, versionId } = row
      const moved = await moveContent(ctx, { advisorId, contentId, versionId, event })
      // The text moved on: there was nothing left that the approval could have covered.
      if (moved)
        ended.push({
          row,
          entry: entryOf(row, event === 'expire' ? 'content.expired' : 'content.suspended', { ...moved, reason }),
        })
    }
    const [first, ...rest] = ended
    if (!first)
      return rows.length === 0 ? { output: 0, unchanged: true } : { output: rows.length, audit: forgotten(rows) }
    return {
      output: rows.length,
      audit: [first.entry, ...rest.map(({ entry }) => entry)],
      jobs: ended.map(({ row }) => noticeOf(ctx, 'approval_lapsed', row)),
    }
  },
})

const UNCHANGED: Result<null> = { output: null, unchanged: true }

/** Rows that were taken away although no text moved stand in the log as well. */
const forgotten = (rows: Live[]): AuditEntry => ({
  action: 'approval.live_forgotten',
  objectType: 'sweep',
  objectId: 'approvals',
  detail: { contents: rows.map(({ contentId }) => contentId) },
})

function conditionOf(ctx: Ctx, end: End, pack: PackInForce): SQL {
  const now = sql`${ctx.now().toISOString()}::timestamptz`
  if (end === 'ran_out') return sql`${live.expiresAt} <= ${now}`
  // The packs under which the approval could still count, of which it is by one at most.
  const under = sql`from jsonb_to_recordset(${JSON.stringify(pack.lineage)}::jsonb)
    as p(digest text, "reportedAt" timestamptz, impacts jsonb)
    where ${live.ruleSetDigest} = ${digestForFirm(live.advisorId, sql`p.digest`)}`
  if (end === 'activated') {
    return sql`exists (select ${under} and exists (select from rule_flips f
      where f.advisor_id = ${live.advisorId} and f.content_id = ${live.contentId} and f.version_id = ${live.versionId}
      and f.direction = 'stricter' and p.impacts ? f.impact_id::text))`
  }
  if (end === 'rules') {
    return sql`not exists (select ${under} and (p."reportedAt" is null or p."reportedAt" >= (select a.created_at
      from approvals a where a.advisor_id = ${live.advisorId} and a.id = ${live.approvalId})))`
  }
  return sql`exists (select from licences l where l.advisor_id = ${live.advisorId}
    and (l.state in ('lapsed', 'refused') or l.valid_until <= ${now})
    and ${live.licences} @> jsonb_build_array(jsonb_build_object('type', l.type, 'number', l.number)))`
}

/** Takes rows out of the table: of two sweeps, each ends other approvals. */
async function take(ctx: CommandCtx, condition: SQL): Promise<Live[]> {
  const due = ctx.tx
    .$with('due')
    .as(
      ctx.tx
        .select({ advisorId: live.advisorId, contentId: live.contentId })
        .from(live)
        .where(condition)
        .limit(BATCH)
        .for('update', { skipLocked: true }),
    )
  return ctx.tx
    .with(due)
    .delete(live)
    .where(sql`(${live.advisorId}, ${live.contentId}) in (select ${due.advisorId}, ${due.contentId} from ${due})`)
    .returning()
}

const warn = command({
  name: 'approval.warn',
  input: z.strictObject({}),
  async run(ctx): Promise<Result<null>> {
    const soon = new Date(ctx.now().getTime() + WARN_MS)
    const near = ctx.tx.$with('near').as(
      ctx.tx
        .select({ advisorId: live.advisorId, contentId: live.contentId })
        .from(live)
        .where(and(lte(live.expiresAt, soon), gt(live.expiresAt, ctx.now()), isNull(live.warnedAt)))
        .orderBy(asc(live.expiresAt))
        .limit(BATCH)
        .for('update', { skipLocked: true }),
    )
    const rows = await ctx.tx
      .with(near)
      .update(live)
      .set({ warnedAt: ctx.now() })
      .where(sql`(${live.advisorId}, ${live.contentId}) in (select ${near.advisorId}, ${near.contentId} from ${near})`)
      .returning()
    const covering = await stillCovering(ctx, rows)
    const [first, ...rest] = covering.map((row) =>
      entryOf(row, 'approval.lapse_announced', { detail: { expiresAt: row.expiresAt.toISOString() } }),
    )
    if (!first) return UNCHANGED
    return {
      output: null,
      audit: [first, ...rest],
      jobs: covering.map((row) => noticeOf(ctx, 'approval_lapsing', row)),
    }
  },
})

/** Those whose text still stands where it was approved: nobody is warned about what was withdrawn. */
async function stillCovering(ctx: CommandCtx, rows: Live[]): Promise<Live[]> {
  const { contents } = schema
  const covering: Live[] = []
  for (const row of rows) {
    const [text] = await ctx.tx
      .select({ versionId: contents.versionId, status: contents.status })
      .from(contents)
      .where(and(eq(contents.advisorId, row.advisorId), eq(contents.id, row.contentId)))
    const isCovered = text?.versionId === row.versionId && ['approved', 'scheduled', 'published'].includes(text.status)
    if (isCovered) covering.push(row)
  }
  return covering
}
