import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { afterAll, inject } from 'vitest'
import type { AiDouble } from '../../../testing/ai-double.ts'
import type { AdvisorOptions, TestAdvisor } from '../../../testing/factories.ts'
import { testWorld } from '../../../testing/index.ts'
import { type AnswerCache, createAnswerCache } from '../../clients/ai/index.ts'
import { createContent, getContent } from '../../content/index.ts'
import type { Ctx, Settings } from '../../platform/context.ts'
import { createRedis } from '../../platform/redis.ts'
import { askModel, listVerdicts, runStage } from '../index.ts'

export const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
/** A firm that has a model asked, and whose clean texts are approved by policy. */
export const WILLING: AdvisorOptions = { autoApproveClean: true, aiReview: true }

interface Options {
  cache?: AnswerCache
  ai?: Partial<Settings['ai']>
}

/** A world whose checks ask a model: what plays the jobs, and what reads the outcome. */
export async function modelWorld() {
  const world = await testWorld()
  const redis = createRedis(inject('redis')[0]?.url ?? '', () => undefined)
  afterAll(() => redis.disconnect())

  /** The context of a process with this model (or none). */
  const beside = (
    ctx: Ctx,
    model: AiDouble | null,
    { cache = createAnswerCache(redis), ai = {} }: Options = {},
  ): Ctx => ({
    ...ctx,
    clients: { ...ctx.clients, ai: model && { model: model.client, cache } },
    settings: { ...ctx.settings, ai: { ...ctx.settings.ai, ...ai } },
  })

  let made = 0
  return {
    world,
    redis,
    beside,
    /** Jobs of a process that has this model (or none). */
    drain: (model: AiDouble | null, options: Options = {}) =>
      world.drainJobs({
        'compliance.ask-model': (ctx, payload) => askModel(beside(ctx, model, options), payload),
        'compliance.run-stage': (ctx, payload) => runStage(beside(ctx, model, options), payload),
      }),
    /** A clean text that no test of the file has used before. */
    own: () => `${CLEAN}${' Stay calm.'.repeat(++made)}`,
    submit: async (advisor: TestAdvisor, content: string) =>
      (await createContent(advisor.owner(), { content, submit: true })).contentId,
    statusOf: async (advisor: TestAdvisor, id: string) => (await getContent(advisor.owner(), { id })).status,
    verdictOf: async (advisor: TestAdvisor, id: string) => (await listVerdicts(advisor.owner(), { id })).items[0],
    usesOf: ({ advisorId }: TestAdvisor) =>
      world.db.read.select().from(schema.aiUses).where(eq(schema.aiUses.advisorId, advisorId)),
  }
}
