import { createHash } from 'node:crypto'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { receiveEvent } from '../platform/inbox.ts'
import { applyEventJob } from './jobs.ts'

const MAX_EVENT_ID = 200

/**
 * Takes a webhook of Razorpay (razorpay.com, "Validate and test webhooks"): the signature is over the raw bytes, the
 * event id stands in a header and is the same on every retry. A call without one is known by its bytes.
 *
 * @throws AppError `unauthenticated` when the signature is not Razorpay's
 */
export async function receiveRazorpayWebhook(
  ctx: Ctx,
  call: { rawBody: string | Buffer; signature: string; eventId: string },
): Promise<void> {
  if (!ctx.clients.razorpay.verifyWebhookSignature(call.rawBody, call.signature)) {
    // To the log alone: an entry for each would let strangers fill the audit log.
    ctx.log.warn({ requestId: ctx.requestId, source: 'razorpay' }, 'webhook with a wrong signature')
    throw new AppError('unauthenticated', 'The signature is not that of this body.')
  }
  const externalId = call.eventId.slice(0, MAX_EVENT_ID) || createHash('sha256').update(call.rawBody).digest('hex')
  const job = (eventId: string) => applyEventJob.with({ eventId })
  await receiveEvent(ctx, { source: 'razorpay', externalId, rawBody: call.rawBody, job })
}
