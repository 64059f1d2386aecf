import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createContent } from '../content/index.ts'
import {
  applyWhatsappEvent,
  createCampaign,
  createTemplate,
  deleteTemplate,
  dispatchCampaign,
  editTemplate,
  getCampaign,
  listTemplates,
  previewCampaign,
  receiveWhatsappWebhook,
  resumeCampaign,
  sendDeliveries,
  syncTemplates,
} from './index.ts'
import {
  addRecipients,
  CLEAN,
  callsTo,
  connectedFirm,
  control,
  deliver,
  type Firm,
  HANDLERS,
  messagesOf,
  newPhone,
  newWebhooks,
  whatsappWorld,
} from './testing/whatsapp-firm.ts'

const world = await whatsappWorld()

const BODY = 'Your monthly SIP of Rs {{1}} is due on {{2}}. Mutual fund returns are not guaranteed.'
const SAID = 'Your monthly SIP of Rs 5,000 is due on 1 December. Mutual fund returns are not guaranteed.'
const PARAMETERS = ['5,000', '1 December']
const WORDS = { name: 'sip_reminder', category: 'UTILITY' as const, body: BODY, examples: ['1,000', '5 May'] }

/** The id at WhatsApp of the template that was made last. */
async function providerIdOf(firm: Firm): Promise<string> {
  const calls = await callsTo(firm, 'message_templates')
  return calls.findLast((call) => call.method === 'POST')?.answer?.body.id ?? ''
}

const seen = new Set<string>()
const hear = async (firm: Firm) => deliver(world, await newWebhooks(firm, seen))
/** The same while nothing is sent: turns of sending wait. */
const hearOnly = async (firm: Firm) => {
  for (const webhook of await newWebhooks(firm, seen)) {
    await receiveWhatsappWebhook(world.ctx({ kind: 'anonymous' }), webhook)
  }
  await world.drainJobs({ 'delivery.apply-event': applyWhatsappEvent })
}

async function approvedTemplate(firm: Firm, words: object = {}) {
  const { id } = await createTemplate(firm.owner(), { ...WORDS, ...words })
  const providerId = await providerIdOf(firm)
  await control('POST', `/templates/${providerId}/decide`, { status: 'APPROVED' })
  await hear(firm)
  return { id, providerId }
}

const viewOf = async (firm: Firm, id: string) =>
  (await listTemplates(firm.owner(), {})).items.find((one) => one.id === id)

async function approvedText(firm: Firm, content = SAID): Promise<string> {
  const { contentId } = await createContent(firm.owner(), { content, submit: true })
  await world.drainJobs(HANDLERS)
  return contentId
}

/** A campaign by a template of the firm's own: made, not dispatched. */
async function ownCampaign() {
  const firm = await connectedFirm(world)
  const template = await approvedTemplate(firm)
  const contentId = await approvedText(firm)
  const recipientIds = await addRecipients(firm, [newPhone(), newPhone()])
  const by = { templateId: template.id, templateParameters: PARAMETERS }
  const campaign = await createCampaign(firm.owner(), { contentId, recipientIds, ...by })
  return { firm, template, contentId, recipientIds, campaignId: campaign.id }
}

const campaignOf = (firm: Firm, id: string) => getCampaign(firm.owner(), { id })

/** What a person with the password of the database can do. */
const doctor = (campaignId: string, change: object) =>
  world.db.transaction((tx) => tx.update(schema.campaigns).set(change).where(eq(schema.campaigns.id, campaignId)))

test('a template of the firm carries an approved text, and people read exactly what was approved', async () => {
  const { firm, template, campaignId } = await ownCampaign()
  expect(await viewOf(firm, template.id)).toMatchObject({ status: 'APPROVED', body: BODY, unfit: null })
  await world.drainJobs(HANDLERS)
  const sent = await messagesOf(firm)
  expect(sent).toHaveLength(2)
  const [approval] = await world.db.read
    .select({ statement: schema.approvals.statement })
    .from(schema.approvals)
    .where(eq(schema.approvals.advisorId, firm.advisorId))
  const { renderedText } = JSON.parse(approval?.statement ?? '{}')
  expect(renderedText).toContain(SAID)
  expect(new Set(sent.map((message) => message.text))).toEqual(new Set([renderedText]))
  expect(await world.auditActions(template.id)).toEqual([
    'whatsapp_template.begun',
    'whatsapp_template.created',
    'whatsapp_template.status_changed',
  ])
  expect((await campaignOf(firm, campaignId)).templateId).toBe(template.id)
})

test('a utility template costs what utility messages cost, and the preview says so', async () => {
  const firm = await connectedFirm(world)
  const { id: templateId } = await approvedTemplate(firm)
  await addRecipients(firm, [newPhone()])
  expect(await previewCampaign(firm.owner(), { templateId })).toMatchObject({
    category: 'utility',
    perMessageMillipaise: 11_500,
  })
  expect(await previewCampaign(firm.owner(), {})).toMatchObject({ category: 'marketing', perMessageMillipaise: 86_310 })
})

test('a campaign is refused where the filled template is not the approved text, be it by one character', async () => {
  const firm = await connectedFirm(world)
  const { id: templateId } = await approvedTemplate(firm)
  const contentId = await approvedText(firm)
  const recipientIds = await addRecipients(firm, [newPhone()])
  const wrong = [['5,001', '1 December'], ['5.000', '1 December'], ['5,000'], [...PARAMETERS, 'more'], undefined]
  for (const templateParameters of wrong) {
    const by = { templateId, ...(templateParameters && { templateParameters }) }
    await expect(createCampaign(firm.owner(), { contentId, recipientIds, ...by })).rejects.toMatchObject({
      code: 'invalid_state',
      publicMessage: expect.stringContaining('Every character counts'),
    })
  }
  const loose = { contentId, recipientIds, templateParameters: PARAMETERS }
  await expect(createCampaign(firm.owner(), loose)).rejects.toMatchObject({ code: 'invalid_state' })
})

const DOCTORED: [string, object][] = [
  ['one parameter changed', { templateParameters: ['9,000', '1 December'] }],
  ['one parameter left out', { templateParameters: ['5,000'] }],
  ['the template taken away and its parameters left', { templateId: null }],
]
test.each(DOCTORED)('%s in the database: nothing leaves, and the audit log has an alert', async (_, change) => {
  const { firm, campaignId } = await ownCampaign()
  await doctor(campaignId, change)
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toEqual([])
  expect(await campaignOf(firm, campaignId)).toMatchObject({
    state: 'held',
    heldReason: expect.stringContaining('do not say what was approved'),
  })
  expect(await world.auditActions(campaignId)).toEqual(['campaign.created', 'proof.refused', 'campaign.held'])
})

test('a parameter that is changed after the dispatch stops the campaign before its next message', async () => {
  const { firm, campaignId } = await ownCampaign()
  await dispatchCampaign(world.ctx(), { advisorId: firm.advisorId, campaignId })
  await doctor(campaignId, { templateParameters: ['9,000', '1 December'] })
  await sendDeliveries(world.ctx(), { advisorId: firm.advisorId })
  expect(await messagesOf(firm)).toEqual([])
  expect(await world.auditActions(campaignId)).toContain('proof.refused')
})

test('a template that is paused or disabled holds what it carries and nothing else, until it is approved', async () => {
  const firm = await connectedFirm(world)
  const template = await approvedTemplate(firm)
  const otherId = await approvedText(firm, CLEAN)
  const contentId = await approvedText(firm)
  const recipientIds = await addRecipients(firm, [newPhone()])
  const by = { templateId: template.id, templateParameters: PARAMETERS }
  const { id: campaignId } = await createCampaign(firm.owner(), { contentId, recipientIds, ...by })
  const other = await createCampaign(firm.owner(), { contentId: otherId, recipientIds })
  for (const id of [campaignId, other.id]) {
    await dispatchCampaign(world.ctx(), { advisorId: firm.advisorId, campaignId: id })
  }
  await control('POST', `/templates/${template.providerId}/decide`, { status: 'PAUSED' })
  await hearOnly(firm)
  await world.drainJobs(HANDLERS)
  const texts = (await messagesOf(firm)).map((message) => message.text)
  expect(texts).toEqual([expect.stringContaining('builds the habit')])
  expect(await campaignOf(firm, campaignId)).toMatchObject({
    state: 'held',
    heldReason: expect.stringContaining('goes on when it is approved'),
  })
  expect((await campaignOf(firm, other.id)).state).not.toBe('held')
  await control('POST', `/templates/${template.providerId}/decide`, { status: 'APPROVED' })
  await hear(firm)
  expect(['sending', 'completed']).toContain((await campaignOf(firm, campaignId)).state)
})

test('a template that is charged as something else shows the difference and holds what it carries', async () => {
  const { firm, template, campaignId } = await ownCampaign()
  await dispatchCampaign(world.ctx(), { advisorId: firm.advisorId, campaignId })
  await control('POST', `/templates/${template.providerId}/recategorise`, { category: 'MARKETING', announced: true })
  await hearOnly(firm)
  expect(await viewOf(firm, template.id)).toMatchObject({
    category: 'UTILITY',
    perMessageMillipaise: 11_500,
    nextCategory: 'MARKETING',
    nextPerMessageMillipaise: 86_310,
  })
  expect((await campaignOf(firm, campaignId)).state).toBe('sending')
  await control('POST', `/templates/${template.providerId}/recategorise`, { category: 'MARKETING' })
  await hearOnly(firm)
  expect(await viewOf(firm, template.id)).toMatchObject({ category: 'MARKETING', nextCategory: null })
  const held = await campaignOf(firm, campaignId)
  expect(held).toMatchObject({ state: 'held', heldReason: expect.stringContaining('Rs 0.8631') })
  expect(held.heldReason).toContain('instead of Rs 0.1150')
  await resumeCampaign(firm.owner(), { id: campaignId })
  await world.drainJobs(HANDLERS)
  expect((await campaignOf(firm, campaignId)).state).not.toBe('held')
})

test('other words in WhatsApp Manager stop the template until the list is read, and then it is no longer fit', async () => {
  const { firm, template, campaignId } = await ownCampaign()
  await control('POST', `/templates/${template.providerId}/rewrite`, {
    text: 'Buy {{1}} and {{2}} now {{3}} {{4}} ok.',
  })
  await hear(firm)
  expect(await viewOf(firm, template.id)).toMatchObject({ body: null, unfit: expect.stringContaining('sync') })
  expect((await campaignOf(firm, campaignId)).state).toBe('held')
  expect(await syncTemplates(firm.owner(), {})).toEqual({ listed: 1, added: 0, changed: 1, gone: 0 })
  expect(await viewOf(firm, template.id)).toMatchObject({ body: null, unfit: expect.stringContaining('not made here') })
  expect(await messagesOf(firm)).toEqual([])
})

test('a sync reads every page, takes over what is new, different or gone, and changes nothing the second time', async () => {
  const firm = await connectedFirm(world)
  const { id: gone, providerId } = await approvedTemplate(firm)
  for (let number = 1; number <= 60; number++) await createTemplate(firm.owner(), { ...WORDS, name: `sip_${number}` })
  const lost = await providerIdOf(firm)
  await control('POST', `/templates/${lost}/decide`, { status: 'REJECTED', reason: 'PROMOTIONAL' })
  await world.db.transaction((tx) =>
    tx.delete(schema.whatsappTemplates).where(eq(schema.whatsappTemplates.name, 'sip_7')),
  )
  await world.db.transaction((tx) =>
    tx.update(schema.whatsappTemplates).set({ name: 'sip_elsewhere' }).where(eq(schema.whatsappTemplates.id, gone)),
  )
  expect(providerId).not.toBe('')
  expect(await syncTemplates(firm.owner(), {})).toEqual({ listed: 61, added: 2, changed: 1, gone: 1 })
  expect(await syncTemplates(firm.owner(), {})).toEqual({ listed: 61, added: 0, changed: 0, gone: 0 })
  const { items } = await listTemplates(firm.owner(), { limit: 100 })
  expect(items).toHaveLength(61)
  expect(items.find((one) => one.name === 'sip_60')).toMatchObject({
    status: 'REJECTED',
    rejectedReason: 'PROMOTIONAL',
  })
  expect(items.find((one) => one.name === 'sip_7')).toMatchObject({ body: BODY, unfit: null })
})

test('an answer that is lost leaves the template unknown, and a sync finds it; a refused name is free again', async () => {
  const firm = await connectedFirm(world)
  const path_regex = `/${firm.wabaId}/message_templates`
  const match = { method: 'POST', path_regex, waba: firm.wabaId }
  await control('POST', '/faults', { match, times: 1, kind: 'reset_after' })
  await expect(createTemplate(firm.owner(), WORDS)).rejects.toMatchObject({ outcomeUnknown: true })
  expect((await listTemplates(firm.owner(), {})).items).toMatchObject([{ status: 'UNKNOWN', body: null }])
  expect(await syncTemplates(firm.owner(), {})).toMatchObject({ changed: 1 })
  expect((await listTemplates(firm.owner(), {})).items).toMatchObject([{ status: 'PENDING', body: BODY }])

  await control('POST', '/faults', { match, times: 1, kind: 'rate_429', code: 80007, http: 400 })
  const words = { ...WORDS, name: 'another' }
  await expect(createTemplate(firm.owner(), words)).rejects.toMatchObject({ code: 'invalid_state' })
  expect((await createTemplate(firm.owner(), words)).status).toBe('PENDING')
})

test('an edit holds what the template carries until WhatsApp approves the new words, and there is one in 24 hours', async () => {
  const { firm, template, campaignId } = await ownCampaign()
  await dispatchCampaign(world.ctx(), { advisorId: firm.advisorId, campaignId })
  const words = { id: template.id, body: BODY.replace('monthly ', ''), examples: ['1', '2'] }
  expect(await editTemplate(firm.owner(), words)).toMatchObject({ status: 'PENDING', body: words.body })
  expect((await campaignOf(firm, campaignId)).state).toBe('held')
  await expect(editTemplate(firm.owner(), words)).rejects.toMatchObject({
    code: 'invalid_state',
    publicMessage: expect.stringContaining('It is pending'),
  })
  await control('POST', `/templates/${template.providerId}/decide`, { status: 'APPROVED' })
  await hear(firm)
  // The words differ from what was approved here, whatever WhatsApp says of them.
  expect(await campaignOf(firm, campaignId)).toMatchObject({
    state: 'held',
    heldReason: expect.stringContaining('do not say what was approved'),
  })
  expect(await messagesOf(firm)).toEqual([])
  await expect(editTemplate(firm.owner(), words)).rejects.toMatchObject({
    publicMessage: expect.stringContaining('once in 24 hours'),
  })
})

test('an edit that WhatsApp refuses leaves the template and its campaigns as they were', async () => {
  const { firm, template, campaignId } = await ownCampaign()
  await control('POST', '/faults', {
    match: { method: 'POST', path_regex: `/${template.providerId}$`, waba: firm.wabaId },
    times: 1,
    kind: 'rate_429',
    code: 80007,
    http: 400,
  })
  const words = { id: template.id, body: 'Other words.' }
  await expect(editTemplate(firm.owner(), words)).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await viewOf(firm, template.id)).toMatchObject({ status: 'APPROVED', body: BODY, unfit: null })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toHaveLength(2)
  expect((await campaignOf(firm, campaignId)).state).toBe('sending')
})

test('a template is deleted when no campaign needs it; its name is blocked for 30 days and that is said', async () => {
  const { firm, template, campaignId } = await ownCampaign()
  const remove = () => deleteTemplate(firm.owner(), { id: template.id })
  await expect(remove()).rejects.toMatchObject({ code: 'conflict', publicMessage: expect.stringContaining('campaign') })
  await doctor(campaignId, { state: 'cancelled' })
  expect((await remove()).status).toBe('DELETED')
  expect((await listTemplates(firm.owner(), {})).items).toEqual([])
  await expect(createTemplate(firm.owner(), WORDS)).rejects.toMatchObject({
    code: 'conflict',
    publicMessage: expect.stringContaining('frees the name'),
  })
  await expect(remove()).rejects.toMatchObject({ code: 'not_found' })
})

test('two who make a template of one name at once get one template, and the other is told', async () => {
  const firm = await connectedFirm(world)
  const ends = await Promise.allSettled([createTemplate(firm.owner(), WORDS), createTemplate(firm.owner(), WORDS)])
  expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect((await listTemplates(firm.owner(), {})).items).toHaveLength(1)
})

test('words that WhatsApp would not take, and the name of the product, are refused before it is asked', async () => {
  const firm = await connectedFirm(world)
  const wrong = [
    { body: 'Ends with {{1}}' },
    { examples: [] },
    { body: 'Two {{1}}{{2}} here.' },
    { body: 'Line\none.' },
  ]
  for (const words of wrong) {
    await expect(createTemplate(firm.owner(), { ...WORDS, ...words })).rejects.toThrow()
  }
  await expect(createTemplate(firm.owner(), { ...WORDS, name: 'pramaan_message' })).rejects.toMatchObject({
    code: 'conflict',
  })
  expect((await callsTo(firm, 'message_templates')).filter((call) => call.method === 'POST')).toHaveLength(1)
})
