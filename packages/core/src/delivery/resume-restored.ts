import { schema } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { readAdvisor } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { resumeHeld } from './hold-campaigns.ts'
import { HOLD_REASONS, hasLicenceInForce } from './rules/may-send.ts'

const { campaigns } = schema

/** Advisors in one sweep; the next one goes on. */
const BATCH = 100

/**
 * Starts again what was held because the advisor was suspended or had no licence in force, once that is over. Whoever
 * restored the advisor or verified the licence stands to the left of this domain and knows nothing of campaigns.
 */
export async function resumeRestored(ctx: Ctx): Promise<void> {
  const held = await ctx.db.acrossAdvisors.read
    .selectDistinct({ advisorId: campaigns.advisorId })
    .from(campaigns)
    .where(
      and(
        eq(campaigns.state, 'held'),
        sql`(${campaigns.heldReason} = ${HOLD_REASONS.advisor} and exists (
            select from advisors a where a.id = ${campaigns.advisorId} and a.status = 'active')
          or ${campaigns.heldReason} = ${HOLD_REASONS.licence} and exists (
            select from licences l where l.advisor_id = ${campaigns.advisorId} and l.state in ('verified', 'lapsing')
            and (l.valid_until is null or l.valid_until > ${ctx.now().toISOString()}::timestamptz)))`,
      ),
    )
    .limit(BATCH)
  for (const { advisorId } of held) await resume(ctx, { advisorId })
}

const resume = command({
  name: 'campaign.resume_restored',
  input: z.strictObject({ advisorId: z.uuid() }),
  async run(ctx, { advisorId }) {
    const advisor = await readAdvisor(ctx.tx, advisorId)
    const over: string[] = []
    if (advisor?.status === 'active') over.push(HOLD_REASONS.advisor)
    if (advisor && hasLicenceInForce(advisor.licences, ctx.now())) over.push(HOLD_REASONS.licence)
    const { audit, jobs } = await resumeHeld(ctx, advisorId, over)
    const [first, ...rest] = audit
    return first ? { output: null, audit: [first, ...rest], jobs } : { output: null, unchanged: true }
  },
})
