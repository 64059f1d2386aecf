import { createHash } from 'node:crypto'
import { isSignedByWhatsapp } from '../clients/whatsapp/index.ts'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { receiveEvent } from '../platform/inbox.ts'
import { applyEventJob } from './jobs.ts'

/**
 * Takes a webhook of WhatsApp: signature over the raw bytes, then the inbox. Webhooks carry no event id, so the hash of
 * the body is the id; the same status in another body is harmless, because statuses only climb.
 *
 * @throws AppError `forbidden` when the signature is not the vendor's
 */
export async function receiveWhatsappWebhook(
  ctx: Ctx,
  { rawBody, signature }: { rawBody: string | Buffer; signature: string },
): Promise<void> {
  if (!isSignedByWhatsapp(rawBody, signature, ctx.settings.webhookSecrets.whatsapp)) {
    // To the log alone: an entry for each would let strangers fill the audit log.
    ctx.log.warn(
      { requestId: ctx.requestId, source: 'whatsapp', bytes: Buffer.byteLength(rawBody) },
      'webhook with a wrong signature',
    )
    throw new AppError('forbidden', 'The signature is not that of this body.')
  }
  const externalId = createHash('sha256').update(rawBody).digest('hex')
  const job = (eventId: string) => applyEventJob.with({ eventId })
  await receiveEvent(ctx, { source: 'whatsapp', externalId, rawBody, job })
}
