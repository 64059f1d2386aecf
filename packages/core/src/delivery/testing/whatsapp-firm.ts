import { createHmac, randomInt } from 'node:crypto'
import { schema } from '@pramaan/db'
import { and, asc, eq } from 'drizzle-orm'
import { inject } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../../testing/factories.ts'
import { type JobHandlers, testWorld, type World } from '../../../testing/index.ts'
import { createWhatsappClient } from '../../clients/whatsapp/index.ts'
import { runStage } from '../../compliance/index.ts'
import { createContent } from '../../content/index.ts'
import type { Clients } from '../../platform/context.ts'
import {
  addRecipient,
  applyWhatsappEvent,
  connectWhatsapp,
  createCampaign,
  dispatchCampaign,
  getConnection,
  receiveWhatsappWebhook,
  reconcileDelivery,
  sendDeliveries,
} from '../index.ts'

export const HANDLERS: JobHandlers = {
  'compliance.run-stage': runStage,
  'delivery.dispatch': dispatchCampaign,
  'delivery.send': sendDeliveries,
  'delivery.reconcile': reconcileDelivery,
  'delivery.apply-event': applyWhatsappEvent,
}

export const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const APP_SECRET = 'test-whatsapp'

/** The real client, against the double. It waits longer than a busy machine holds up the double. */
export const realClient = (timeoutMs = 10_000) =>
  createWhatsappClient({
    baseUrl: inject('emulators').whatsapp,
    version: 'v25.0',
    appId: 'test-app-id',
    appSecret: APP_SECRET,
    timeoutMs,
  })

export const whatsappWorld = (clients: Partial<Clients> = {}): Promise<World> =>
  testWorld({ clients: { whatsapp: realClient(), ...clients } })

/** A firm with a number of its own, so that tests of one double keep apart. */
export interface Firm extends TestAdvisor {
  wabaId: string
  phoneNumberId: string
  code: string
}

const digits = (count: number) => Array.from({ length: count }, () => randomInt(1, 10)).join('')

export async function makeFirm(world: World, options: Parameters<typeof makeAdvisor>[1] = {}): Promise<Firm> {
  const advisor = await makeAdvisor(world, { autoApproveClean: true, ...options })
  const wabaId = digits(15)
  const phoneNumberId = digits(15)
  return { ...advisor, wabaId, phoneNumberId, code: `signup:${wabaId}:${phoneNumberId}` }
}

/** Speaks to the double as its operator. */
export async function control<Answer = unknown>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${inject('emulators').whatsapp}/__ctl${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

interface Call {
  method: string
  path: string
  body: { to?: string; biz_opaque_callback_data?: string } | null
  answer: { status: number; body: { id?: string } } | null
}

/** What the double was asked about a firm, below one path. */
export const callsTo = (firm: Firm, path: string): Promise<Call[]> =>
  control('GET', `/calls?waba=${firm.wabaId}&path=${encodeURIComponent(path)}`)

/** The messages that WhatsApp took, whatever it answered. */
export const messagesOf = (
  firm: Firm,
): Promise<{ id: string; person: string; text: string; callbackData: string | null }[]> =>
  control('GET', `/messages?waba=${firm.wabaId}`)

export const connect = (firm: Firm, pin = '123456', code = firm.code) =>
  connectWhatsapp(firm.owner(), { code, wabaId: firm.wabaId, phoneNumberId: firm.phoneNumberId, pin })

export async function decideTemplate(firm: Firm, status: 'APPROVED' | 'PAUSED' | 'REJECTED'): Promise<void> {
  const calls = await callsTo(firm, 'message_templates')
  const id = calls.find((call) => call.method === 'POST')?.answer?.body.id
  await control('POST', `/templates/${id}/decide`, { status })
}

/** A firm whose number is connected and whose template is approved. */
export async function connectedFirm(world: World, options: Parameters<typeof makeAdvisor>[1] = {}): Promise<Firm> {
  const firm = await makeFirm(world, options)
  await connect(firm)
  await decideTemplate(firm, 'APPROVED')
  await getConnection(firm.owner(), {})
  return firm
}

export async function approvedContent(world: World, firm: TestAdvisor, content = CLEAN): Promise<string> {
  const { contentId } = await createContent(firm.owner(), { content, submit: true })
  await world.drainJobs({ 'compliance.run-stage': runStage })
  return contentId
}

export const CONSENT = {
  purpose: 'marketing' as const,
  source: 'form on paper',
  wording: 'I agree to receive messages on WhatsApp.',
  givenAt: '2026-11-20T06:30:00.000Z',
}

export const newPhone = (end = digits(4)) => `+9198${digits(4)}${end}`

export async function addRecipients(firm: Firm, phones: string[]): Promise<string[]> {
  const added = await Promise.all(phones.map((phone) => addRecipient(firm.owner(), { phone, consent: CONSENT })))
  return added.map((one) => one.id)
}

/** A campaign to so many people, made but not dispatched. */
export async function makeCampaign(world: World, firm: Firm, people: number | string[]) {
  const phones = typeof people === 'number' ? Array.from({ length: people }, () => newPhone()) : people
  const recipientIds = await addRecipients(firm, phones)
  const contentId = await approvedContent(world, firm)
  const campaign = await createCampaign(firm.owner(), { contentId, recipientIds })
  return { contentId, campaignId: campaign.id, recipientIds, phones }
}

/** Makes statuses due and takes the webhooks that the double made since last time, as text. */
export async function newWebhooks(firm: Firm, seen: Set<string>, advanceSeconds = 60) {
  await control('POST', '/clock', { waba: firm.wabaId, advance_s: advanceSeconds })
  const all = await control<{ id: string; headers: Record<string, string>; body: string }[]>(
    'GET',
    `/deliveries?waba=${firm.wabaId}`,
  )
  const fresh = all.filter((one) => !seen.has(one.id))
  for (const one of fresh) seen.add(one.id)
  return fresh.map(({ body, headers }) => ({ rawBody: body, signature: headers['x-hub-signature-256'] ?? '' }))
}

export const signed = (body: unknown) => {
  const rawBody = typeof body === 'string' ? body : JSON.stringify(body)
  return { rawBody, signature: `sha256=${createHmac('sha256', APP_SECRET).update(rawBody).digest('hex')}` }
}

/** Takes webhooks in, in this order, and decides what they mean. */
export async function deliver(world: World, webhooks: { rawBody: string; signature: string }[]): Promise<void> {
  for (const webhook of webhooks) await receiveWhatsappWebhook(world.ctx({ kind: 'anonymous' }), webhook)
  await world.drainJobs(HANDLERS)
}

export const deliveriesOf = (world: World, firm: TestAdvisor, campaignId: string) =>
  world.db.read
    .select()
    .from(schema.deliveries)
    .where(and(eq(schema.deliveries.advisorId, firm.advisorId), eq(schema.deliveries.campaignId, campaignId)))
    .orderBy(asc(schema.deliveries.id))
