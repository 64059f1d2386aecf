import { schema } from '@pramaan/db'
import { Id, type ReplayKit } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { verdictView } from './verdict-view.ts'

const { contentVersions, firmRuleSets, rulePacks, verdicts } = schema

/**
 * A stored verdict with everything that it is a function of, for whoever wants to judge again (`pramaan replay`). A firm
 * and its inspector see their own; staff see all.
 *
 * @throws AppError `not_found`
 */
export const readReplay = query({
  name: 'verdict.replay',
  input: z.strictObject({ id: Id }),
  async run(ctx, { id }): Promise<ReplayKit> {
    const db = ctx.advisorId === null ? ctx.db.acrossAdvisors : ctx.db
    const [row] = await db.read
      .select({ verdict: verdicts, text: contentVersions.text, pack: rulePacks.pack, firmRules: firmRuleSets.rules })
      .from(verdicts)
      .innerJoin(
        contentVersions,
        and(eq(contentVersions.advisorId, verdicts.advisorId), eq(contentVersions.id, verdicts.versionId)),
      )
      .leftJoin(rulePacks, eq(rulePacks.digest, verdicts.packDigest))
      .leftJoin(
        firmRuleSets,
        and(eq(firmRuleSets.advisorId, verdicts.advisorId), eq(firmRuleSets.version, verdicts.firmRulesVersion)),
      )
      .where(and(eq(verdicts.id, id), ctx.advisorId === null ? undefined : eq(verdicts.advisorId, ctx.advisorId)))
    if (!row) throw notFound('verdict')
    const { input, inputHash } = row.verdict
    const { versionId: _, ...verdict } = verdictView({ verdict: row.verdict, concerns: null })
    return { verdictId: id, text: row.text, input, inputHash, verdict, pack: row.pack, firmRules: row.firmRules }
  },
})
