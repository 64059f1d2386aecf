import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  createCampaign,
  dispatchCampaign,
  getCampaign,
  importRecipients,
  listRecall,
  optOutRecipient,
  pauseCampaign,
  previewCampaign,
  resumeCampaign,
  sendDeliveries,
  setQuietHours,
} from './index.ts'
import {
  addRecipients,
  approvedContent,
  connectedFirm,
  deliver,
  type Firm,
  HANDLERS,
  makeCampaign,
  messagesOf,
  newPhone,
  newWebhooks,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()

const importPeople = (firm: Firm, segment: string, phones: string[]) =>
  importRecipients(firm.owner(), {
    csv: ['phone,segments,consentSource,consentWording,consentGivenAt']
      .concat(phones.map((phone) => `${phone},${segment},form,Send me news,2026-11-20`))
      .join('\n'),
  })

test('a campaign to a segment reaches whoever is in it when it is dispatched', async () => {
  const firm = await connectedFirm(world)
  await importPeople(firm, 'retired', [newPhone(), newPhone()])
  await importPeople(firm, 'young', [newPhone()])
  const contentId = await approvedContent(world, firm)
  const made = await createCampaign(firm.owner(), { contentId, segment: 'retired' })
  expect(made).toMatchObject({ segment: 'retired', recipients: 2 })
  await importPeople(firm, 'retired', [newPhone()])
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toHaveLength(3)
  expect(await getCampaign(firm.owner(), { id: made.id })).toMatchObject({ recipients: 3, counts: { accepted: 3 } })
})

test('a campaign names recipients or a segment, and a segment that has somebody', async () => {
  const firm = await connectedFirm(world)
  const recipientIds = await addRecipients(firm, [newPhone()])
  const contentId = await approvedContent(world, firm)
  const make = (whom: object) => createCampaign(firm.owner(), { contentId, ...whom })
  await expect(make({})).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(make({ recipientIds, segment: 'retired' })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(make({ segment: 'nobody' })).rejects.toMatchObject({ code: 'invalid_state' })
})

test('a preview says whom it reaches, who is left out and why, and what it costs with tax', async () => {
  const firm = await connectedFirm(world)
  await importPeople(firm, 'retired', Array.from({ length: 10 }, () => newPhone()).concat('+15550001234'))
  const [gone] = await addRecipients(firm, [newPhone()])
  await optOutRecipient(firm.owner(), { id: gone ?? '' })
  const preview = await previewCampaign(firm.owner(), {})
  expect(preview).toMatchObject({
    recipients: 12,
    willReceive: 11,
    excluded: [{ reason: 'Not sent: this person opted out of messages.', people: 1 }],
    segments: [{ segment: 'retired', people: 11 }],
    category: 'marketing',
    perMessageMillipaise: 86_310,
    costPaise: 864,
    taxPaise: 156,
    totalPaise: 1_019,
    unpriced: 1,
    days: 1,
  })
  const { whatsappConnections } = schema
  const dear = { templateCategory: 'UTILITY', dailyPeople: 4 }
  await world.db.read.update(whatsappConnections).set(dear).where(eq(whatsappConnections.advisorId, firm.advisorId))
  expect(await previewCampaign(firm.owner(), { segment: 'retired' })).toMatchObject({ costPaise: 115, days: 3 })
})

test('a paused campaign sends nothing until it is resumed, and each step stands in its trail', async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, 2)
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  const paused = await pauseCampaign(firm.owner(), { id: campaignId })
  expect(paused).toMatchObject({ state: 'held', heldReason: expect.stringMatching(/paused/), counts: { queued: 2 } })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
  await expect(pauseCampaign(firm.owner(), { id: campaignId })).rejects.toMatchObject({ code: 'invalid_state' })
  await resumeCampaign(firm.owner(), { id: campaignId })
  await expect(resumeCampaign(firm.owner(), { id: campaignId })).rejects.toMatchObject({ code: 'invalid_state' })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toHaveLength(2)
  expect(await world.auditActions(campaignId)).toEqual([
    'campaign.created',
    'campaign.dispatched',
    'campaign.held',
    'campaign.resumed',
    'campaign.dispatched',
  ])
})

test('in the quiet hours nothing goes out, and after them it does', async () => {
  const firm = await connectedFirm(world)
  const { connection } = {
    connection: await setQuietHours(firm.owner(), { quietHours: { from: '11:00', until: '13:00' } }),
  }
  expect(connection.quietHours).toEqual({ from: '11:00', until: '13:00' })
  await makeCampaign(world, firm, 2)
  // The clock of this world began at noon in India.
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
  world.clock.advance(3_600_000)
  await sendDeliveries(world.ctx(), { advisorId: firm.advisorId })
  expect(await messagesOf(firm)).toHaveLength(2)
})

test('the recall list names whoever has the message or may have it', async () => {
  const firm = await connectedFirm(world)
  const phones = [newPhone(), newPhone('0000'), newPhone()]
  const { campaignId, recipientIds } = await makeCampaign(world, firm, phones)
  await optOutRecipient(firm.owner(), { id: recipientIds[2] ?? '' })
  await world.drainJobs(HANDLERS)
  await deliver(world, await newWebhooks(firm, new Set()))
  const { items } = await listRecall(firm.owner(), { id: campaignId })
  expect(items).toEqual([{ deliveryState: 'read', recipient: expect.objectContaining({ phone: phones[0] }) }])
  const other = await connectedFirm(world)
  await expect(listRecall(other.owner(), { id: campaignId })).rejects.toMatchObject({ code: 'not_found' })
})
