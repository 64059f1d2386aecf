import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isSignedByWhatsapp } from '../clients/whatsapp/index.ts'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { anyone } from '../platform/permissions.ts'
import { command } from '../platform/use-case.ts'
import { applyEventJob } from './jobs.ts'

/**
 * The event and its job in one statement, which is a transaction and a round trip by itself: a body that is here
 * already inserts neither. Webhooks carry no event id, so the hash of the body is the id; the same status in another
 * body is harmless, because statuses only climb.
 */
const RECEIVE = {
  name: 'delivery_receive_webhook',
  text: `with event as (
      insert into webhook_events (id, source, external_id, body, received_at)
      values ($1, 'whatsapp', $2, $3, $4)
      on conflict (source, external_id) do nothing
      returning id
    )
    insert into outbox (queue, payload) select $5, $6::jsonb from event`,
}

const refuse = command({
  name: 'delivery.receive_webhook',
  input: z.strictObject({ bytes: z.int() }),
  allow: anyone,
  run: async (_, { bytes }) => ({
    output: null,
    audit: {
      action: 'webhook.refused',
      objectType: 'webhook',
      objectId: 'whatsapp',
      outcome: 'refused',
      reason: 'bad signature',
      detail: { bytes },
    },
  }),
})

/**
 * Takes a webhook in: signature over the raw bytes, stored once, and the job that decides what it means, in one commit.
 * Resolves for a repeated webhook too.
 *
 * @throws AppError `forbidden` when the signature is not the vendor's
 */
export async function receiveWhatsappWebhook(
  ctx: Ctx,
  { rawBody, signature }: { rawBody: string; signature: string },
): Promise<void> {
  const bytes = Buffer.from(rawBody, 'utf8')
  if (!isSignedByWhatsapp(bytes, signature, ctx.settings.webhookSecrets.whatsapp)) {
    await refuse(ctx, { bytes: bytes.length })
    throw new AppError('forbidden', 'The signature of this webhook is not valid.')
  }
  const eventId = ctx.newId()
  const job = { data: applyEventJob.payload.parse({ eventId }), requestId: ctx.requestId }
  const externalId = createHash('sha256').update(bytes).digest('hex')
  await ctx.db.pool.query({
    ...RECEIVE,
    values: [eventId, externalId, bytes, ctx.now(), applyEventJob.queue, JSON.stringify(job)],
  })
}
