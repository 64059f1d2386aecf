import { readFileSync } from 'node:fs'
import { schema } from '@pramaan/db'
import { makeAdvisor, type TestAdvisor } from '../../../testing/factories.ts'
import type { World } from '../../../testing/index.ts'
import { addRecipient } from '../index.ts'
import { messageRef } from '../message-ref.ts'
import { CONSENT, newPhone } from './whatsapp-firm.ts'

const FIXTURES = new URL('./fixtures/', import.meta.url)

/** A firm whose number is connected and that has one message under way, all made in the database and not at the double. */
export interface StandingFirm extends TestAdvisor {
  wabaId: string
  phoneNumberId: string
  phone: string
  recipientId: string
  campaignId: string
  deliveryId: string
  claimToken: string
}

const digits = () => String(Math.floor(1e14 + Math.random() * 9e14))

/** @param state where the message stands; an accepted one has the id that the fixtures are about */
export async function standingFirm(
  world: World,
  state: 'queued' | 'claimed' | 'accepted' = 'claimed',
): Promise<StandingFirm> {
  const advisor = await makeAdvisor(world)
  const { advisorId } = advisor
  const [wabaId, phoneNumberId, phone] = [digits(), digits(), newPhone()]
  const now = world.clock.now()
  const at = { createdAt: now, updatedAt: now }
  const newId = () => world.ctx().newId()
  const { id: recipientId } = await addRecipient(advisor.owner(), {
    phone,
    consent: { ...CONSENT, givenAt: '2026-09-01T00:00:00.000Z' },
  })
  const [campaignId, deliveryId, claimToken] = [newId(), newId(), newId()]
  const { campaigns, deliveries, whatsappConnections } = schema
  await world.db.transaction(async (tx) => {
    const key = await world.keys.dataKeyOf(tx, advisorId)
    const id = newId()
    const seal = (column: string) => world.keys.seal(key, { table: 'whatsapp_connections', column, rowId: id }, 'x')
    await tx.insert(whatsappConnections).values({
      advisorId,
      id,
      wabaId,
      phoneNumberId,
      displayPhoneNumber: '+91 98100 55501',
      accessToken: seal('access_token'),
      pin: seal('pin'),
      state: 'connected',
      step: 'done',
      templateStatus: 'APPROVED',
      ...at,
    })
    await tx.insert(campaigns).values({
      advisorId,
      id: campaignId,
      contentId: newId(),
      approvalId: newId(),
      state: 'sending',
      recipientIds: [recipientId],
      recipientCount: 1,
      createdBy: advisor.ownerId,
      ...at,
    })
    const claimedUntil = new Date(now.getTime() + 120_000)
    await tx.insert(deliveries).values({
      advisorId,
      id: deliveryId,
      campaignId,
      recipientId,
      state,
      providerMessageId: state === 'accepted' ? messageRef(world.keys, `wamid.${phoneNumberId}`) : null,
      attempts: 1,
      claimToken,
      claimedUntil,
      dueAt: now,
      ...at,
    })
  })
  return { ...advisor, wabaId, phoneNumberId, phone, recipientId, campaignId, deliveryId, claimToken }
}

/** A fixture as if it were about this firm, its delivery, its client and its template. */
export function about(firm: StandingFirm, name: string): string {
  return readFileSync(new URL(`${name}.body`, FIXTURES), 'utf8')
    .replaceAll('331907246602815', firm.phoneNumberId)
    .replaceAll('204518830017746', firm.wabaId)
    .replaceAll('snd_01HTZX9Q4E7', firm.deliveryId)
    .replaceAll('919876501234', firm.phone.slice(1))
    .replaceAll('diwali_offer_v2', 'pramaan_message')
    .replaceAll('appt_reminder', 'pramaan_message')
    .replaceAll(/wamid\.[A-Za-z0-9+/=]+/g, (id) =>
      SAME_MESSAGE.has(id) ? `wamid.${firm.phoneNumberId}` : `${id}${firm.phoneNumberId}`,
    )
}

/** The fixtures of one message name it by several ids; a message has one. */
const SAME_MESSAGE = new Set(
  ['QzAxA', 'QzA3A', 'QzA4A', 'QzA5A', 'QzEwA'].map((end) => `wamid.HBgMOTE5ODc2NTAxMjM0FQIAERgSS0VTQVJURVNU${end}`),
)
