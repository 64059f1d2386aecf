import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { settleEvent, takeEvent } from '../platform/inbox.ts'
import { command } from '../platform/use-case.ts'
import { applyEventJob } from './jobs.ts'

/** The part of every Razorpay event that is the same; unknown events pass, because vendors add them without notice. */
const RazorpayEvent = z.object({ event: z.string(), account_id: z.string().optional() })

/**
 * Settles one event of the inbox. No subscription is kept yet, so no event can be about one of ours: each is parked with
 * its raw bytes, where the billing domain will find it.
 */
const settleRazorpayEvent = command({
  name: 'billing.apply_event',
  input: applyEventJob.payload,
  async run(ctx, { eventId }) {
    const taken = await takeEvent(ctx, eventId)
    if (!taken) return { output: null, unchanged: true }
    const parsed = RazorpayEvent.safeParse(readJson(taken.rawBody))
    await settleEvent(ctx, eventId, 'parked')
    return {
      output: null,
      audit: {
        action: 'billing.event_parked',
        objectType: 'webhook_event',
        objectId: eventId,
        reason: parsed.success ? parsed.data.event : 'unreadable',
      },
    }
  },
})

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Handler of `billing.apply-event`. */
export const applyRazorpayEvent = (ctx: Ctx, payload: unknown) =>
  settleRazorpayEvent(ctx, applyEventJob.payload.parse(payload))
