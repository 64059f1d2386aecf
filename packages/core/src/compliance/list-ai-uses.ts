import { schema } from '@pramaan/db'
import { AiUseListInput, type AiUseView } from '@pramaan/shared'
import { and, desc, eq, gte, lt, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'

const { aiUses, approvals, reviews, verdicts } = schema

/**
 * The register of AI use of a firm, newest first: what the firm shows when it is asked how it uses AI, for which it
 * answers by law (IA Reg 15(14), RA Reg 24(7)). Who relied on an answer is read from what was decided with it at hand.
 */
export const listAiUses = query({
  name: 'ai_use.list',
  input: AiUseListInput,
  async run(ctx, { cursor, from, limit, to }) {
    const advisorId = advisorIdOf(ctx)
    const list = `ai-uses:${advisorId}:${from ?? ''}:${to ?? ''}`
    const where = and(
      eq(aiUses.advisorId, advisorId),
      from === undefined ? undefined : gte(aiUses.createdAt, new Date(from)),
      to === undefined ? undefined : lt(aiUses.createdAt, new Date(to)),
      cursor === undefined ? undefined : lt(aiUses.id, decodeCursor(ctx.keys, list, cursor)),
    )
    const rows = await usesWithDecisions(ctx)
      .where(where)
      .orderBy(desc(aiUses.id))
      .limit(limit + 1)
    return toPage(ctx.keys, list, rows, { limit, keyOf: ({ use }) => use.id, view: useView })
  },
})

/** A verdict has two reviews where an approval was drawn for a second look. */
const firstLook = eq(reviews.kind, 'decision')

const usesWithDecisions = (ctx: Ctx) =>
  ctx.db.read
    .select({
      use: aiUses,
      verdictId: verdicts.id,
      policyAt: sql<string | null>`case when ${approvals.approvedVia} = 'policy' then ${approvals.createdAt} end`,
      review: { state: reviews.state, by: reviews.claimedBy, at: reviews.updatedAt },
    })
    .from(aiUses)
    .leftJoin(verdicts, and(eq(verdicts.advisorId, aiUses.advisorId), eq(verdicts.checkId, aiUses.checkId)))
    .leftJoin(approvals, and(eq(approvals.advisorId, verdicts.advisorId), eq(approvals.verdictId, verdicts.id)))
    .leftJoin(reviews, and(eq(reviews.advisorId, verdicts.advisorId), eq(reviews.verdictId, verdicts.id), firstLook))

type Row = Awaited<ReturnType<typeof usesWithDecisions>>[number]

const useView = ({ use, verdictId, ...decided }: Row): AiUseView => ({
  id: use.id,
  usedAt: use.createdAt.toISOString(),
  contentId: use.contentId,
  versionId: use.versionId,
  versionHash: use.versionHash,
  verdictId,
  provider: use.provider,
  model: use.model,
  promptVersion: use.promptVersion,
  promptDigest: use.promptDigest,
  outputDigest: use.outputDigest,
  ruleSetDigest: use.ruleSetDigest,
  source: use.source,
  outcome: use.outcome,
  reason: use.reason,
  concerns: use.concerns,
  inputTokens: use.inputTokens,
  outputTokens: use.outputTokens,
  tookMs: use.tookMs,
  ...relianceOf(decided),
})

type Reliance = Pick<AiUseView, 'reliedOnBy' | 'reliedOnById' | 'reliedOnAt' | 'decision'>

/** Nobody relies on an answer that has led to no decision, such as one about a text that went back to its author. */
function relianceOf({ policyAt, review }: Pick<Row, 'policyAt' | 'review'>): Reliance {
  if (review?.state === 'approved' || review?.state === 'rejected') {
    const { at, by, state } = review
    return { reliedOnBy: 'reviewer', reliedOnById: by, reliedOnAt: at.toISOString(), decision: state }
  }
  if (policyAt === null) return { reliedOnBy: null, reliedOnById: null, reliedOnAt: null, decision: null }
  return {
    reliedOnBy: 'policy',
    reliedOnById: null,
    reliedOnAt: new Date(policyAt).toISOString(),
    decision: 'approved',
  }
}
