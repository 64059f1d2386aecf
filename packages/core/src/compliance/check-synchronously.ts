import { CheckInput, istDay, type Language, type LicenceType, type Verdict } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { countCheck } from '../billing/index.ts'
import { readAdvisor } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { licencesInUse } from './advisor-licences.ts'
import { engineInForce } from './engine-in-force.ts'
import { readTranslations } from './warning-translations.ts'

/** Stands in the footer where the caller has no registration of the kind that was asked for. */
const PLACEHOLDER_NAME = 'Your firm'
const PLACEHOLDER_NUMBER = 'your registration number'

/**
 * The verdict on a text, at once, by the same rules as the queue's three stages, those of the caller's firm included. Stores
 * nothing and approves nothing. The day of publication is today in India unless told. Counts as a check of the firm's plan.
 *
 * @throws AppError `plan_limit_reached`
 */
export const checkSynchronously = query({
  name: 'compliance.check',
  input: CheckInput,
  async run(ctx, input): Promise<Verdict> {
    const { text, licence, channel, audience, language = null, publicationDate = istDay(ctx.now()) } = input
    const subject = { text, licences: [licence], channel, audience, language, publicationDate }
    const [publisher, engine] = await Promise.all([
      publisherOf(ctx, licence, language),
      engineInForce(ctx, ctx.db.read, ctx.advisorId),
      ctx.advisorId === null ? null : countFirmsCheck(ctx, ctx.advisorId),
    ])
    return engine.check(subject, publisher, () => performance.now(), true)
  },
})

/** Without waiting for the disk: what a crash forgets are the counts of its last moment. */
const countFirmsCheck = (ctx: Ctx, advisorId: string): Promise<void> =>
  ctx.db.transaction((tx) => {
    const soon = tx.execute(sql`set local synchronous_commit to off`).execute()
    return Promise.all([soon, countCheck({ ...ctx, tx, outbox: { filled: false } }, advisorId)]).then(() => undefined)
  })

/** The caller's firm, with its registrations of this kind; placeholders for what it lacks. */
async function publisherOf(ctx: Ctx, licence: LicenceType, language: Language | null) {
  const { advisorId } = ctx
  const [advisor, translations] =
    advisorId === null
      ? [null, {}]
      : await Promise.all([readAdvisor(ctx.db.read, advisorId), readTranslations(ctx.db.read, advisorId, language)])
  const own = advisor ? licencesInUse(advisor, ctx.now()).filter(({ type }) => type === licence) : []
  return {
    displayName: advisor?.displayName ?? PLACEHOLDER_NAME,
    translations,
    licences:
      own.length > 0
        ? own.map(({ type, number }) => ({ type, number }))
        : [{ type: licence, number: PLACEHOLDER_NUMBER }],
  }
}
