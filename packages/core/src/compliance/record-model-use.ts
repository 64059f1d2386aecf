import { schema } from '@pramaan/db'
import { AiUseView } from '@pramaan/shared'
import { z } from 'zod'
import { runStageJob } from '../content/index.ts'
import { command } from '../platform/use-case.ts'
import { settleModelCall } from './model-allowance.ts'
import { PROMPT_VERSION } from './rules/model/question.ts'

/** A line of the register, without what is known only when it is written or later. */
const ModelUseInput = AiUseView.omit({
  id: true,
  usedAt: true,
  verdictId: true,
  promptVersion: true,
  reliedOnBy: true,
  reliedOnById: true,
  reliedOnAt: true,
  decision: true,
})
  .extend({ advisorId: z.uuid(), checkId: z.uuid() })
  .strict()

/**
 * Writes one use of the model into the register, counts what it cost, and lets stage 3 decide at once. A second answer to
 * the same check is not written down: the first one stands.
 */
export const recordModelUse = command({
  name: 'compliance.record_model_use',
  input: ModelUseInput,
  async run(ctx, use) {
    const { advisorId, checkId, contentId, versionId, concerns, versionHash, ruleSetDigest, ...about } = use
    const id = ctx.newId()
    const row = { ...use, id, promptVersion: PROMPT_VERSION, createdAt: ctx.now() }
    const inserted = await ctx.tx
      .insert(schema.aiUses)
      .values(row)
      .onConflictDoNothing()
      .returning({ id: schema.aiUses.id })
    if (inserted.length === 0) return { output: undefined, unchanged: true }
    const { source, outcome, inputTokens, outputTokens } = use
    const call = { advisorId, failed: outcome === 'failed', inputTokens, outputTokens }
    return {
      output: undefined,
      audit: {
        action: 'compliance.model_consulted',
        objectType: 'content',
        objectId: contentId,
        advisorId,
        versionHash,
        ruleSetDigest,
        detail: { aiUseId: id, checkId, ...about, concerns: concerns.length },
      },
      jobs: [runStageJob.with({ advisorId, contentId, versionId, checkId, stage: 3 }, { groupId: advisorId })],
      writes: source === 'model' ? [settleModelCall(ctx, call)] : [],
    }
  },
})
