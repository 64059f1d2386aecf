import { schema } from '@pramaan/db'
import type { Finding, Outcome } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import type { World } from '../../testing/index.ts'
import { createContent, getContent } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import { ENGINE } from './engine.ts'
import { runStage } from './index.ts'
import { BUILD_PACK } from './rule-pack.ts'
import { stageRunner } from './run-stage.ts'

/** A text with nothing to find in it. */
export const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'

/** The engine, with a verdict of this score on everything. */
export const scored = (score: number, outcome: Outcome = 'review', findings: Finding[] = []): typeof runStage =>
  stageRunner({ ...ENGINE, decide: () => ({ score, outcome, findings, obligations: [] }) })

/** The id of an officer's user. */
export const idOf = (ctx: Ctx): string => (ctx.actor.kind === 'user' ? ctx.actor.userId : '')

/** A rule that sends back every text with one word. */
export function ruleAgainst(word: string) {
  const like = BUILD_PACK.rules.find(({ id }) => id === 'CLM-RISK-FREE')
  if (!like) throw new Error('no such rule')
  return { ...like, id: 'CLM-NEW', patterns: { en: [word] }, doubtful: {}, except: [], detectors: [], quietIn: [] }
}

/** What the tests of the review desk ask of their world. */
export function desk(world: World) {
  const reviewsOf = (contentId: string) =>
    world.db.read
      .select()
      .from(schema.reviews)
      .where(eq(schema.reviews.contentId, contentId))
      .orderBy(schema.reviews.id)
  const runChecks = (handler = runStage) => world.drainJobs({ 'compliance.run-stage': handler })
  return {
    runChecks,
    reviewsOf,
    /** A text that was checked, with its first review. */
    async submitted(options: { advisor?: TestAdvisor; text?: string; handler?: typeof runStage } = {}) {
      const advisor = options.advisor ?? (await makeAdvisor(world))
      const { contentId } = await createContent(advisor.owner(), { content: options.text ?? CLEAN, submit: true })
      await runChecks(options.handler)
      const [review] = await reviewsOf(contentId)
      return { advisor, contentId, id: review?.id ?? '' }
    },
    statusOf: async (advisor: TestAdvisor, id: string) => (await getContent(advisor.owner(), { id })).status,
    approvalsOf: (contentId: string) =>
      world.db.read.select().from(schema.approvals).where(eq(schema.approvals.contentId, contentId)),
    /** An administrator who has just proved who they are. */
    freshAdmin(): Ctx {
      const admin = makeStaff(world, 'admin')
      if (admin.actor.kind !== 'user') throw new Error('not a user')
      return { ...admin, actor: { ...admin.actor, steppedUpAt: world.clock.now() } }
    },
    officers: (count: number) => Array.from({ length: count }, () => makeStaff(world, 'reviewer')),
  }
}
