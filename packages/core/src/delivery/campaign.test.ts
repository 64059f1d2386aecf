import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { listObjectEvents } from '../audit/index.ts'
import { createContent } from '../content/index.ts'
import {
  addRecipient,
  cancelCampaign,
  createCampaign,
  dispatchCampaign,
  getCampaign,
  listDeliveries,
  optOutRecipient,
} from './index.ts'
import {
  addRecipients,
  approvedContent,
  CLEAN,
  CONSENT,
  connect,
  connectedFirm,
  decideTemplate,
  deliver,
  deliveriesOf,
  HANDLERS,
  makeCampaign,
  makeFirm,
  messagesOf,
  newPhone,
  newWebhooks,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()

const actionsOf = (id: string) => world.auditActions(id)
const statusOf = async (contentId: string) => {
  const [row] = await world.db.read.select().from(schema.contents).where(eq(schema.contents.id, contentId))
  return row?.status
}

test('a campaign to 25 reaches 23, leaves out who opted out, and says why one number failed', async () => {
  const firm = await connectedFirm(world)
  const phones = [...Array.from({ length: 24 }, () => newPhone()), newPhone('0000')]
  const recipientIds = await addRecipients(firm, phones)
  await optOutRecipient(firm.owner(), { id: recipientIds[0] ?? '' })
  const contentId = await approvedContent(world, firm)
  const campaign = await createCampaign(firm.owner(), { contentId, recipientIds })
  expect(campaign).toMatchObject({ state: 'scheduled', recipients: 25, counts: {} })
  expect(await statusOf(contentId)).toBe('scheduled')

  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaign.id })).toMatchObject({
    state: 'sending',
    counts: { accepted: 24, cancelled: 1 },
  })
  expect(await statusOf(contentId)).toBe('published')
  const sent = await messagesOf(firm)
  expect(new Set(sent.map((message) => message.person)).size).toBe(24)
  expect(sent[0]?.text).toContain(CLEAN)
  expect(sent[0]?.text).toContain('ARN-123456')

  await deliver(world, await newWebhooks(firm, new Set()))
  expect(await getCampaign(firm.owner(), { id: campaign.id })).toMatchObject({
    state: 'completed',
    counts: { read: 23, failed: 1, cancelled: 1 },
  })
  const { items } = await listDeliveries(firm.owner(), { id: campaign.id, limit: 100 })
  const reasonOf = (recipientId: string | undefined) => items.find((item) => item.recipientId === recipientId)?.reason
  expect(reasonOf(recipientIds[0])).toBe('Not sent: this person opted out of messages.')
  expect(reasonOf(recipientIds[24])).toContain('not on WhatsApp')
  expect(reasonOf(recipientIds[1])).toBeNull()

  const trail = (await listObjectEvents(firm.owner(), { id: contentId, limit: 100 })).items
  expect(trail.map((event) => event.action).slice(-3)).toEqual([
    'campaign.created',
    'campaign.dispatched',
    'campaign.completed',
  ])
  expect(trail.at(-1)?.detail).toMatchObject({ campaignId: campaign.id, counts: { failed: 1, cancelled: 1 } })
  expect(trail.at(-2)).toMatchObject({ from: 'scheduled', to: 'published', detail: { queued: 24, excluded: 1 } })
  const failed = items.find((item) => item.recipientId === recipientIds[24])
  expect(await actionsOf(failed?.id ?? '')).toEqual(['delivery.claimed', 'delivery.accepted', 'delivery.failed'])
})

test('deliveries are paged, and the pages hold each of them once', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 7)
  await world.drainJobs(HANDLERS)
  const seen: string[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = await listDeliveries(firm.owner(), { id: campaignId, limit: 3, ...(cursor ? { cursor } : {}) })
    seen.push(...page.items.map((item) => item.id))
    cursor = page.nextCursor
  }
  expect(seen).toHaveLength(7)
  expect(new Set(seen).size).toBe(7)
})

test('dispatching twice, also at the same time, makes one delivery for each recipient', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 5)
  const again = { advisorId: firm.advisorId, campaignId }
  await Promise.all([dispatchCampaign(world.ctx(), again), dispatchCampaign(world.ctx(), again)])
  await world.drainJobs(HANDLERS)
  await dispatchCampaign(world.ctx(), again)
  await world.drainJobs(HANDLERS)
  expect(await deliveriesOf(world, firm, campaignId)).toHaveLength(5)
  expect(await messagesOf(firm)).toHaveLength(5)
})

test('nothing is sent without an approval, for another channel, or longer than a template takes', async () => {
  const firm = await connectedFirm(world)
  const recipientIds = await addRecipients(firm, [newPhone()])
  const draft = await createContent(firm.owner(), { content: CLEAN })
  const make = (contentId: string) => createCampaign(firm.owner(), { contentId, recipientIds })
  await expect(make(draft.contentId)).rejects.toMatchObject({ code: 'no_valid_proof' })

  const mail = await createContent(firm.owner(), { content: CLEAN, channel: 'email', submit: true })
  await world.drainJobs(HANDLERS)
  await expect(make(mail.contentId)).rejects.toMatchObject({ code: 'invalid_state' })

  const long = await approvedContent(world, firm, `${CLEAN} `.repeat(12))
  await expect(make(long)).rejects.toMatchObject({
    code: 'invalid_state',
    publicMessage: expect.stringMatching(/1024/),
  })
})

test('unknown and foreign recipients and foreign campaigns are not found', async () => {
  const firm = await connectedFirm(world)
  const other = await connectedFirm(world)
  const [mine] = await addRecipients(firm, [newPhone()])
  const [theirs] = await addRecipients(other, [newPhone()])
  const contentId = await approvedContent(world, firm)
  const make = (recipientIds: string[]) => createCampaign(firm.owner(), { contentId, recipientIds })
  await expect(make([mine ?? '', theirs ?? ''])).rejects.toMatchObject({ code: 'not_found' })
  await expect(make([world.ctx().newId()])).rejects.toMatchObject({ code: 'not_found' })
  const campaign = await make([mine ?? '', mine ?? ''])
  expect(campaign.recipients).toBe(1)
  for (const call of [getCampaign, cancelCampaign, listDeliveries]) {
    await expect(call(other.owner(), { id: campaign.id })).rejects.toMatchObject({ code: 'not_found' })
  }
})

test('a campaign needs an active advisor, a licence in force, a connected number and an approved template', async () => {
  const before = { type: 'MFD' as const, validUntil: new Date('2026-11-01T00:00:00Z') }
  const unready = [
    await makeFirm(world),
    await connectedFirm(world, { status: 'suspended' }),
    await connectedFirm(world, { licences: [{ type: 'MFD', state: 'claimed' }] }),
    await connectedFirm(world, { licences: [before] }),
  ]
  const pending = await makeFirm(world)
  await connect(pending)
  for (const firm of [...unready, pending]) {
    const recipientIds = await addRecipients(firm, [newPhone()])
    const contentId = await approvedContent(world, firm)
    const refused = createCampaign(firm.owner(), { contentId, recipientIds })
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^(invalid_state|no_valid_proof)$/) })
  }
  await decideTemplate(pending, 'APPROVED')
  const { campaignId } = await makeCampaign(world, pending, 1)
  expect(campaignId).toBeTruthy()
})

test('a person without consent to marketing gets nothing, and the delivery says so', async () => {
  const firm = await connectedFirm(world)
  const consent = { ...CONSENT, purpose: 'service' as const }
  const { id } = await addRecipient(firm.owner(), { phone: newPhone(), consent })
  const contentId = await approvedContent(world, firm)
  const campaign = await createCampaign(firm.owner(), { contentId, recipientIds: [id] })
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaign.id })).toMatchObject({
    state: 'completed',
    counts: { cancelled: 1 },
  })
  const [delivery] = (await listDeliveries(firm.owner(), { id: campaign.id })).items
  expect(delivery?.reason).toContain('no consent')
  expect(await messagesOf(firm)).toEqual([])
})

test('who opts out between dispatch and sending gets nothing', async () => {
  const firm = await connectedFirm(world)
  const { campaignId, recipientIds } = await makeCampaign(world, firm, 3)
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  await optOutRecipient(firm.owner(), { id: recipientIds[1] ?? '' })
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({ counts: { queued: 2, cancelled: 1 } })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toHaveLength(2)
})

test('cancelling stops what is queued, gives unsent content back, and works once', async () => {
  const firm = await connectedFirm(world)
  const { campaignId, contentId } = await makeCampaign(world, firm, 3)
  expect(await cancelCampaign(firm.owner(), { id: campaignId })).toMatchObject({ state: 'cancelled' })
  expect(await statusOf(contentId)).toBe('approved')
  await expect(cancelCampaign(firm.owner(), { id: campaignId })).rejects.toMatchObject({ code: 'invalid_state' })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])

  const second = await makeCampaign(world, firm, 3)
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  expect(await cancelCampaign(firm.owner(), { id: second.campaignId })).toMatchObject({ counts: { cancelled: 3 } })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
  expect(await actionsOf(second.campaignId)).toEqual(['campaign.created', 'campaign.dispatched', 'campaign.cancelled'])
})

test('a time that has passed or lies behind the approval is refused, and a later one waits', async () => {
  const firm = await connectedFirm(world)
  const recipientIds = await addRecipients(firm, [newPhone()])
  const contentId = await approvedContent(world, firm)
  const at = (scheduleAt: string) => createCampaign(firm.owner(), { contentId, recipientIds, scheduleAt })
  await expect(at('2026-11-24T06:00:00.000Z')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(at('2027-11-24T06:00:00.000Z')).rejects.toMatchObject({ code: 'invalid_state' })
  const scheduleAt = '2026-12-24T06:00:00.000Z'
  expect(await at(scheduleAt)).toMatchObject({ state: 'scheduled', scheduledAt: scheduleAt })
  expect(await world.drainJobs(HANDLERS)).toEqual([])
})

test('an approval that stopped being valid holds the campaign at the moment of sending', async () => {
  const firm = await connectedFirm(world)
  const { campaignId, contentId } = await makeCampaign(world, firm, 2)
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  await world.db.read.update(schema.contents).set({ status: 'suspended' }).where(eq(schema.contents.id, contentId))
  await world.drainJobs(HANDLERS)
  expect(await getCampaign(firm.owner(), { id: campaignId })).toMatchObject({
    state: 'held',
    heldReason: expect.stringMatching(/approval/),
    counts: { queued: 2 },
  })
  expect(await messagesOf(firm)).toEqual([])
  expect(await actionsOf(campaignId)).toContain('campaign.held')
})
