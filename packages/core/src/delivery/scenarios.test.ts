import { schema } from '@pramaan/db'
import { and, asc, eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { applyWhatsappEvent, receiveWhatsappWebhook } from './index.ts'
import { messageRef } from './message-ref.ts'
import { type Outcome, recordOutcome } from './record-outcome.ts'
import { shuffled } from './testing/shuffled.ts'
import { about, type StandingFirm, standingFirm } from './testing/standing-firm.ts'
import { signed, whatsappWorld } from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()
const { campaigns, consents, deliveries, messageCosts, recipients, replies, webhookEvents, whatsappConnections } =
  schema

/** A webhook by the beginning of its name, or what our own call came to. */
type Step = string | Outcome

interface Scenario {
  name: string
  steps: Step[]
  /** Where the message stands at first; `claimed` unless told. */
  from?: 'queued' | 'claimed' | 'accepted'
  expect: object
}

const OPTED_OUT = { person: { state: 'opted_out' }, wishes: ['granted', 'withdrawn'] }
const MARKETING = [{ category: 'marketing', pricing: 'regular', amountMillipaise: 86_310 }]

const SCENARIOS: Scenario[] = [
  {
    name: 'ladder',
    steps: ['01-status.sent.v24', '03-status.delivered.marketing', '04-status.read'],
    expect: { message: { state: 'read' }, costs: MARKETING },
  },
  {
    name: 'read before delivered',
    from: 'accepted',
    steps: ['01-status.sent.v24', '04-status.read', '12-status.out-of-order.delivered-after-read'],
    expect: { message: { state: 'read', deliveredAt: new Date(1_790_846_404_000) } },
  },
  {
    name: 'a status that comes twice',
    steps: ['03-status.delivered.marketing', '03-status.delivered.marketing'],
    expect: { message: { state: 'delivered' }, costs: MARKETING },
  },
  {
    name: 'a webhook before the answer',
    steps: ['01-status.sent.v24', { kind: 'accepted', messageId: 'SAME' }],
    expect: { message: { state: 'sent', providerMessageId: 'the message' } },
  },
  {
    name: 'no answer, then a webhook',
    steps: [{ kind: 'lost' }, '03-status.delivered.marketing'],
    expect: { message: { state: 'delivered', attempts: 1, providerMessageId: 'the message' } },
  },
  {
    name: 'failed after sent',
    from: 'accepted',
    steps: ['01-status.sent.v24', '07-status.failed.131049'],
    expect: {
      message: { state: 'failed', errorCode: 131049 },
      repetition: { state: 'queued', dueAt: new Date((1_790_846_430 + 86_400) * 1_000) },
      person: { notBefore: new Date((1_790_846_430 + 86_400) * 1_000) },
      campaign: 'sending',
    },
  },
  {
    name: 'a batch',
    from: 'accepted',
    steps: ['11-status.batch.mixed'],
    expect: { events: ['applied'], replies: 1 },
  },
  { name: 'a stop word', from: 'queued', steps: ['21-inbound.text.STOP'], expect: OPTED_OUT },
  { name: 'a stop button', from: 'queued', steps: ['22-inbound.button.quick-reply.stop'], expect: OPTED_OUT },
  { name: 'a stop in WhatsApp itself', from: 'queued', steps: ['30-user_preferences.stop'], expect: OPTED_OUT },
  {
    name: '131050 is an opt-out',
    from: 'accepted',
    steps: ['09-status.failed.131050'],
    expect: { ...OPTED_OUT, message: { state: 'failed', errorCode: 131050 }, repetition: null },
  },
  {
    name: 'somebody without a phone',
    steps: ['25-inbound.text.bsuid-only', '26-status.delivered.bsuid-only'],
    expect: { strangers: [{ phone: false, bsuid: true, consents: 0 }], replies: 1 },
  },
  {
    name: 'a template that is paused in mid-campaign',
    from: 'queued',
    steps: ['33-template.status.paused'],
    expect: { campaign: 'held', message: { state: 'queued' }, number: { templateStatus: 'PAUSED' } },
  },
  {
    name: 'a category that is about to change',
    from: 'queued',
    steps: ['35-template.category.impending'],
    expect: { number: { templateCategory: 'UTILITY', templateNextCategory: 'MARKETING' } },
  },
  {
    name: 'a category that has changed',
    from: 'queued',
    steps: ['35-template.category.impending', '36-template.category.done'],
    expect: { number: { templateCategory: 'MARKETING', templateNextCategory: null } },
  },
  {
    name: 'an account that is disabled',
    from: 'queued',
    steps: ['40-account_update.disabled'],
    expect: { campaign: 'held', number: { state: 'failed' }, message: { state: 'queued' } },
  },
  { name: 'an unknown field', steps: ['91-unknown-field'], expect: { events: [expect.anything()] } },
  {
    name: 'a foreign number',
    steps: ['92-foreign-phone-number'],
    expect: { events: ['parked'], message: { state: 'claimed', providerMessageId: null } },
  },
  { name: 'escaped bytes', steps: ['90-raw-escaped.inbound'], expect: { events: ['applied'], replies: 1 } },
]

let bodies = 0

async function run(firm: StandingFirm, step: Step): Promise<void> {
  if (typeof step === 'object') {
    const outcome = step.kind === 'accepted' ? { ...step, messageId: `wamid.${firm.phoneNumberId}` } : step
    const { advisorId, deliveryId, claimToken } = firm
    await recordOutcome(world.ctx(), { advisorId, deliveryId, claimToken, outcome })
    return
  }
  // Each is a body of its own, so that the inbox takes it as new.
  const webhook = signed(about(firm, step) + ' '.repeat(bodies++ % 7) + '\n'.repeat(bodies % 5))
  await receiveWhatsappWebhook(world.ctx({ kind: 'anonymous' }), webhook)
  const received = eq(webhookEvents.state, 'received')
  for (const event of await world.db.read.select().from(webhookEvents).where(received)) {
    await applyWhatsappEvent(world.ctx(), { eventId: event.id })
  }
}

/** All that a scenario may have changed, without what differs from firm to firm. */
async function endOf(firm: StandingFirm) {
  const { advisorId, recipientId, campaignId, deliveryId } = firm
  const { read } = world.db
  const [rows, people, wishes, costs, [campaign], [number], written] = await Promise.all([
    read.select().from(deliveries).where(eq(deliveries.advisorId, advisorId)),
    read.select().from(recipients).where(eq(recipients.advisorId, advisorId)),
    read.select().from(consents).where(eq(consents.advisorId, advisorId)).orderBy(asc(consents.occurredAt)),
    read.select().from(messageCosts).where(eq(messageCosts.advisorId, advisorId)),
    read
      .select()
      .from(campaigns)
      .where(and(eq(campaigns.advisorId, advisorId), eq(campaigns.id, campaignId))),
    read.select().from(whatsappConnections).where(eq(whatsappConnections.advisorId, advisorId)),
    read.select().from(replies).where(eq(replies.advisorId, advisorId)),
  ])
  const facts = (row: (typeof rows)[number] | undefined) => {
    if (!row) return null
    const { state, attempts, errorCode, reason, dueAt, sentAt, deliveredAt, readAt, failedAt } = row
    const ref = messageRef(world.keys, `wamid.${firm.phoneNumberId}`)
    const providerMessageId = row.providerMessageId === ref ? 'the message' : row.providerMessageId
    const times = { sentAt, deliveredAt, readAt, failedAt }
    return { state, attempts, errorCode, reason, ...(row.retryOf ? { dueAt } : {}), ...times, providerMessageId }
  }
  const person = people.find((row) => row.id === recipientId)
  return {
    message: facts(rows.find((row) => row.id === deliveryId)),
    repetition: facts(rows.find((row) => row.retryOf === deliveryId)),
    messages: rows.length,
    person: { state: person?.state, notBefore: person?.notBefore, refusedCode: person?.refusedCode },
    strangers: people
      .filter((row) => row.id !== recipientId)
      .map((row) => ({
        phone: row.phone !== null,
        bsuid: row.bsuid !== null,
        consents: wishes.filter((wish) => wish.recipientId === row.id).length,
      })),
    wishes: wishes.filter((wish) => wish.recipientId === recipientId).map((wish) => wish.action),
    costs: costs.map(({ category, pricing, amountMillipaise }) => ({ category, pricing, amountMillipaise })),
    campaign: campaign?.state,
    number: {
      state: number?.state,
      templateStatus: number?.templateStatus,
      templateCategory: number?.templateCategory,
      templateNextCategory: number?.templateNextCategory,
    },
    replies: written.length,
  }
}

async function play(scenario: Scenario, order: Step[]) {
  const firm = await standingFirm(world, scenario.from)
  const before = new Set((await world.db.read.select({ id: webhookEvents.id }).from(webhookEvents)).map(({ id }) => id))
  for (const step of order) await run(firm, step)
  const events = (await world.db.read.select().from(webhookEvents)).filter(({ id }) => !before.has(id))
  return { end: await endOf(firm), events: [...new Set(events.map(({ state }) => state))] }
}

describe.each(SCENARIOS)('$name', (scenario) => {
  test('comes to the end that it should, and to the same one doubled, reversed and shuffled by twenty seeds', {
    timeout: 60_000,
  }, async () => {
    const { steps } = scenario
    const plain = await play(scenario, steps)
    expect({ ...plain.end, events: plain.events }).toMatchObject(scenario.expect)
    const doubled = steps.flatMap((step) => [step, step])
    const orders = [doubled, steps.toReversed(), ...Array.from({ length: 20 }, (_, seed) => shuffled(doubled, seed))]
    const different = new Map(orders.map((order) => [JSON.stringify(order), order]))
    for (const [name, order] of different) expect((await play(scenario, order)).end, name).toEqual(plain.end)
  })
})

test('a wrong signature writes no row', async () => {
  const firm = await standingFirm(world)
  const count = async () => (await world.db.read.select({ id: webhookEvents.id }).from(webhookEvents)).length
  const before = await count()
  const forged = { ...signed(about(firm, '01-status.sent.v24')), signature: `sha256=${'0'.repeat(64)}` }
  await expect(receiveWhatsappWebhook(world.ctx({ kind: 'anonymous' }), forged)).rejects.toMatchObject({
    code: 'forbidden',
  })
  expect(await count()).toBe(before)
})
