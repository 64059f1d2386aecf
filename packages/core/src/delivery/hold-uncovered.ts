import { schema } from '@pramaan/db'
import { and, eq, inArray, notInArray } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { HOLD_REASONS } from './rules/may-send.ts'

const { campaigns, contents } = schema

/** Campaigns in one sweep; the next one goes on. */
const BATCH = 200

/** What may be on its way to somebody. */
const COVERED = ['approved', 'scheduled', 'published'] as const

/**
 * Holds campaigns whose text lost its approval, before their time comes: their people see it at once. That nothing is sent
 * does not rest on this, as each delivery asks the proof.
 */
export async function holdUncovered(ctx: Ctx): Promise<void> {
  const found = await ctx.db.acrossAdvisors.read
    .select({ advisorId: campaigns.advisorId, campaignId: campaigns.id })
    .from(campaigns)
    .innerJoin(contents, and(eq(contents.advisorId, campaigns.advisorId), eq(contents.id, campaigns.contentId)))
    .where(and(inArray(campaigns.state, ['scheduled', 'sending']), notInArray(contents.status, [...COVERED])))
    .limit(BATCH)
  for (const one of found) await hold(ctx, one)
}

const hold = command({
  name: 'campaign.hold_uncovered',
  input: z.strictObject({ advisorId: z.uuid(), campaignId: z.uuid() }),
  async run(ctx, one) {
    const [first, ...rest] = await holdCampaign(ctx, { ...one, reason: HOLD_REASONS.proof })
    return first ? { output: null, audit: [first, ...rest] } : { output: null, unchanged: true }
  },
})
