import { schema } from '@pramaan/db'
import { and, eq, lte } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { noticeJob } from '../identity/index.ts'
import { type CommandCtx, type Ctx, withinFirm } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { command } from '../platform/use-case.ts'
import { type EndpointRow, secretOf } from './endpoint-view.ts'
import { webhookJob } from './jobs.ts'
import { GIVE_UP_MS, GONE, retryMs } from './rules/outgoing.ts'

const { outgoingMessages, webhookEndpoints } = schema

/**
 * Job `delivery.send-webhook`: one try to bring an event to an endpoint, signed after Standard Webhooks. It may arrive
 * twice, always under the same id; what is not taken is tried again with growing gaps.
 */
export async function sendWebhook(caller: Ctx, payload: unknown): Promise<void> {
  const { advisorId, messageId } = webhookJob.payload.parse(payload)
  const ctx = withinFirm(caller, advisorId)
  const [found] = await ctx.db.read
    .select({ message: outgoingMessages, endpoint: webhookEndpoints })
    .from(outgoingMessages)
    .innerJoin(
      webhookEndpoints,
      and(
        eq(webhookEndpoints.advisorId, outgoingMessages.advisorId),
        eq(webhookEndpoints.id, outgoingMessages.endpointId),
      ),
    )
    .where(
      and(
        eq(outgoingMessages.advisorId, advisorId),
        eq(outgoingMessages.id, messageId),
        eq(outgoingMessages.state, 'waiting'),
        eq(webhookEndpoints.state, 'active'),
        lte(outgoingMessages.nextAt, ctx.now()),
      ),
    )
  if (!found) return
  const status = await post(ctx, found.endpoint, messageId, JSON.stringify(found.message.payload))
  await record(ctx, { advisorId, messageId, attempts: found.message.attempts + 1, status })
}

/** @returns the status that was answered, null when nothing was */
async function post(ctx: Ctx, endpoint: EndpointRow, messageId: string, body: string): Promise<number | null> {
  const secret = await ctx.keys.open(ctx.db.read, endpoint.advisorId, secretOf(endpoint.id), endpoint.secret)
  const at = ctx.now()
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Pramaan-Webhooks',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(messageId, at, body),
  }
  try {
    return (await ctx.clients.webhook.post(endpoint.url, headers, body)).status
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    ctx.log.info({ endpointId: endpoint.id, ...describeError(error) }, 'an event did not reach its endpoint')
    return null
  }
}

const record = command({
  name: 'webhook.record',
  input: z.strictObject({ advisorId: z.uuid(), messageId: z.uuid(), attempts: z.int(), status: z.int().nullable() }),
  async run(ctx, { advisorId, messageId, attempts, status }) {
    const arrived = status !== null && status >= 200 && status < 300
    const wait = retryMs(attempts)
    const nextAt = new Date(ctx.now().getTime() + (wait ?? 0))
    const state = arrived ? 'delivered' : wait === null ? 'failed' : 'waiting'
    const [message] = await ctx.tx
      .update(outgoingMessages)
      .set({ state, attempts, lastStatus: status, nextAt })
      .where(
        and(
          eq(outgoingMessages.advisorId, advisorId),
          eq(outgoingMessages.id, messageId),
          eq(outgoingMessages.state, 'waiting'),
          eq(outgoingMessages.attempts, attempts - 1),
        ),
      )
      .returning()
    if (!message) return { output: null, unchanged: true }
    const mine = and(eq(webhookEndpoints.advisorId, advisorId), eq(webhookEndpoints.id, message.endpointId))
    const [endpoint] = await ctx.tx.select().from(webhookEndpoints).where(mine).for('update')
    if (!endpoint) return { output: null, unchanged: true }
    if (arrived) {
      if (endpoint.failingSince !== null) await ctx.tx.update(webhookEndpoints).set({ failingSince: null }).where(mine)
      return { output: null, unchanged: true }
    }
    const failingSince = endpoint.failingSince ?? ctx.now()
    const tooLong = ctx.now().getTime() - failingSince.getTime() >= GIVE_UP_MS
    if (status === GONE || tooLong) return disable(ctx, endpoint, status)
    await ctx.tx.update(webhookEndpoints).set({ failingSince }).where(mine)
    const job = webhookJob.with({ advisorId, messageId }, { startAfter: nextAt, groupId: endpoint.id })
    return { output: null, unchanged: true, jobs: state === 'waiting' ? [job] : [] }
  },
})

/** Nothing more goes to an endpoint that is gone or silent; its owners hear of it, and a replay brings it back. */
async function disable(ctx: CommandCtx, { advisorId, id }: EndpointRow, status: number | null) {
  await ctx.tx
    .update(webhookEndpoints)
    .set({ state: 'disabled', updatedAt: ctx.now() })
    .where(and(eq(webhookEndpoints.advisorId, advisorId), eq(webhookEndpoints.id, id)))
  await ctx.tx
    .update(outgoingMessages)
    .set({ state: 'failed' })
    .where(
      and(
        eq(outgoingMessages.advisorId, advisorId),
        eq(outgoingMessages.endpointId, id),
        eq(outgoingMessages.state, 'waiting'),
      ),
    )
  const notice = { kind: 'notice' as const, noticeId: ctx.newId(), topic: 'endpoint_disabled' as const }
  return {
    output: null,
    audit: {
      action: 'webhook_endpoint.disabled',
      objectType: 'webhook_endpoint',
      objectId: id,
      advisorId,
      from: 'active',
      to: 'disabled',
      reason: status === GONE ? 'it says that it is gone (410)' : 'it has taken nothing for five days',
    },
    jobs: [noticeJob.with({ ...notice, advisorId, objectId: id })],
  }
}
