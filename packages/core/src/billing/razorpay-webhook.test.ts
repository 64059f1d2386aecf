import { createHmac, randomUUID } from 'node:crypto'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { testWorld } from '../../testing/index.ts'
import { createRazorpayClient } from '../clients/razorpay/index.ts'
import { applyRazorpayEvent, receiveRazorpayWebhook } from './index.ts'

const world = await testWorld({
  clients: {
    razorpay: createRazorpayClient({
      baseUrl: 'http://127.0.0.1:9',
      keyId: 'rzp_test_key',
      keySecret: 'a-key-secret',
      webhookSecrets: ['current-secret', 'previous-secret'],
    }),
  },
})
const BODY = '{"entity":"event","account_id":"acc_1","event":"subscription.charged","payload":{"note":"a\\/b \\u20b9"}}'
const sign = (secret: string, body = BODY) => createHmac('sha256', secret).update(body).digest('hex')
const eventsWithId = (externalId: string) =>
  world.db.read.select().from(schema.webhookEvents).where(eq(schema.webhookEvents.externalId, externalId))

test.each(['current-secret', 'previous-secret'])(
  'a webhook signed with the %s is kept byte for byte',
  async (secret) => {
    const eventId = randomUUID()
    await receiveRazorpayWebhook(world.ctx(), { rawBody: BODY, signature: sign(secret), eventId })
    const [event] = await eventsWithId(eventId)
    const place = { table: 'webhook_events', column: 'body', rowId: event?.id ?? '' }
    expect(world.keys.openBriefly(place, event?.body ?? Buffer.alloc(0))).toBe(BODY)
    expect(event?.body.toString('latin1')).not.toContain('subscription.charged')
  },
)

test('a wrong signature, or the right one of other bytes, stores nothing', async () => {
  for (const signature of ['', 'zz', sign('another-secret'), sign('current-secret', `${BODY} `)]) {
    const eventId = randomUUID()
    const call = { rawBody: BODY, signature, eventId }
    await expect(receiveRazorpayWebhook(world.ctx(), call)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await eventsWithId(eventId)).toEqual([])
  }
})

test('twenty deliveries of one event at once are one event and one job', async () => {
  const eventId = randomUUID()
  const call = { rawBody: BODY, signature: sign('current-secret'), eventId }
  await world.drainJobs({ 'billing.apply-event': applyRazorpayEvent })
  await Promise.all(Array.from({ length: 20 }, () => receiveRazorpayWebhook(world.ctx(), call)))
  expect(await world.drainJobs({ 'billing.apply-event': applyRazorpayEvent })).toEqual(['billing.apply-event'])
  const [event] = await eventsWithId(eventId)
  expect(event).toMatchObject({ state: 'parked' })
  expect(await world.auditActions(String(event?.id))).toEqual(['billing.event_parked'])
})
