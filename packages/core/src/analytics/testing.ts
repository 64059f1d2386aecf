import { schema } from '@pramaan/db'
import type { DeliveryState } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import type { TestAdvisor } from '../../testing/factories.ts'
import type { World } from '../../testing/index.ts'
import { sealLog } from '../audit/index.ts'
import { runStage } from '../compliance/index.ts'
import { createContent } from '../content/index.ts'
import { standingFirm } from '../delivery/testing/standing-firm.ts'
import { addRecipients, newPhone } from '../delivery/testing/whatsapp-firm.ts'
import { countFacts } from './index.ts'

const { advisors, approvals, auditEntries, campaigns, deliveries } = schema

/** Seals what is in the log and counts it, as the worker does each second and each minute. */
export async function count(world: World): Promise<void> {
  await sealLog({ db: world.db, keys: world.keys, settings: world.ctx().settings })
  await countFacts(world.ctx(), {})
}

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Sender extends TestAdvisor {
  phoneNumberId: string
  people: { recipientId: string; phone: string }[]
  /** Campaigns with their approved text. */
  campaigns: { campaignId: string; contentId: string }[]
}

/** A firm with a connected number, some recipients, and one campaign for each of these texts. */
export async function makeSender(
  world: World,
  options: { people: number; texts: { content: string; topic: string; language?: 'en' | 'hi' }[] },
): Promise<Sender> {
  const firm = await standingFirm(world, 'queued')
  const { advisorId } = firm
  await world.db.read.update(advisors).set({ autoApproveClean: true }).where(eq(advisors.id, advisorId))
  const phones = Array.from({ length: options.people }, () => newPhone())
  const ids = await addRecipients({ ...firm, code: '' }, phones)
  const made: Sender['campaigns'] = []
  for (const text of options.texts) {
    const { contentId } = await createContent(firm.owner(), { language: 'en', ...text, submit: true })
    await world.drainJobs({ 'compliance.run-stage': runStage })
    const campaignId = await addCampaign(world, firm, contentId)
    made.push({ campaignId, contentId })
  }
  const people = ids.map((recipientId, index) => ({ recipientId, phone: phones[index] ?? '' }))
  return { ...firm, people, campaigns: made }
}

async function addCampaign(world: World, firm: TestAdvisor, contentId: string): Promise<string> {
  const { advisorId, ownerId: createdBy } = firm
  const ofText = and(eq(approvals.advisorId, advisorId), eq(approvals.contentId, contentId))
  const [approval] = await world.db.read.select().from(approvals).where(ofText)
  if (!approval) throw new Error('the text of the test was not approved')
  const campaignId = world.ctx().newId()
  await world.db.read.insert(campaigns).values({
    ...{ advisorId, id: campaignId, contentId, approvalId: approval.id, state: 'sending' as const, createdBy },
    ...{ recipientIds: [], recipientCount: 0, createdAt: EARLIER, updatedAt: EARLIER },
  })
  return campaignId
}

/** Before everything that tests send. */
const EARLIER = new Date('2026-11-01T00:00:00Z')

/** A message of a campaign, put there at a time. @returns its id */
export async function addDelivery(
  world: World,
  firm: TestAdvisor,
  message: { campaignId: string; recipientId: string; at: Date; state?: DeliveryState; times?: Times },
): Promise<string> {
  const { at, campaignId, recipientId, state = 'claimed', times = {} } = message
  const id = world.ctx().newId()
  await world.db.read.insert(deliveries).values({
    ...{ advisorId: firm.advisorId, id, campaignId, recipientId, state, attempts: 1, dueAt: at, ...times },
    ...{ createdAt: at, updatedAt: at },
  })
  return id
}

/** The entry by which the log names a campaign, for what a test put into the database by itself. */
export const logCampaigns = (world: World, firm: TestAdvisor, campaignIds: string[]): Promise<void> =>
  logThings(world, firm, 'campaign', campaignIds)

/** The entry by which the log names some texts. */
export const logContents = (world: World, firm: TestAdvisor, contentIds: string[]): Promise<void> =>
  logThings(world, firm, 'content', contentIds)

async function logThings(world: World, firm: TestAdvisor, objectType: string, ids: string[]): Promise<void> {
  const body = { actor: { kind: 'system', role: 'test' }, requestId: world.ctx().newId(), outcome: 'done' as const }
  await world.db.read.insert(auditEntries).values(
    ids.map((objectId) => ({
      ...{ advisorId: firm.advisorId, action: `${objectType}.progressed`, objectType, objectId, body },
    })),
  )
}

type Times = Partial<Record<'acceptedAt' | 'sentAt' | 'deliveredAt' | 'readAt' | 'failedAt', Date>>

interface Told {
  deliveryId: string
  phone: string
  status: 'sent' | 'delivered' | 'read' | 'failed'
  at: Date
}

const seconds = (at: Date) => String(Math.floor(at.getTime() / 1000))

const webhook = (firm: Sender, value: object) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '1',
      changes: [
        {
          field: 'messages',
          value: { messaging_product: 'whatsapp', metadata: { phone_number_id: firm.phoneNumberId }, ...value },
        },
      ],
    },
  ],
})

/** WhatsApp's word on a message, as it comes. The first news of a message tells what it costs. */
export const statusWebhook = (firm: Sender, { deliveryId, phone, status, at }: Told) =>
  webhook(firm, {
    statuses: [
      {
        ...{ id: `wamid.${deliveryId}`, status, timestamp: seconds(at), recipient_id: phone.slice(1) },
        biz_opaque_callback_data: deliveryId,
        ...(status === 'failed' ? { errors: [{ code: 131026, title: 'Message undeliverable' }] } : {}),
        ...(status === 'sent'
          ? { pricing: { billable: true, pricing_model: 'PMP', category: 'marketing', type: 'regular' } }
          : {}),
      },
    ],
  })

/** What somebody wrote, in answer to a message where one is named. */
export const replyWebhook = (
  firm: Sender,
  { id, phone, text, at, answers }: { id: string; phone: string; text: string; at: Date; answers?: string },
) =>
  webhook(firm, {
    messages: [
      {
        ...{ id: `wamid.${id}`, from: phone.slice(1), timestamp: seconds(at), type: 'text', text: { body: text } },
        ...(answers === undefined ? {} : { context: { id: `wamid.${answers}` } }),
      },
    ],
  })
