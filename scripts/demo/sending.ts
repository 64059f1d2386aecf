import type * as Api from '@pramaan/shared'
import type { Client } from './client.ts'
import type { Campaign, Delivery, Page, Recipient, Shape } from './shapes.ts'
import { promised, table, tell, waitFor } from './story.ts'

export const RECIPIENTS = 25

/** The last of them has a number that is not on WhatsApp; the first opts out. */
export async function addPeople(owner: Client): Promise<Recipient[]> {
  const consent = {
    purpose: 'marketing',
    source: 'form at the counter',
    wording: 'Yes, send me messages about investing on WhatsApp.',
    givenAt: new Date(Date.now() - 24 * 3600 * 1000).toISOString(),
  }
  const people: Recipient[] = []
  for (let number = 1; number <= RECIPIENTS; number += 1) {
    const phone = number === RECIPIENTS ? '+919812340000' : `+9198765432${String(number).padStart(2, '0')}`
    people.push(await owner.send('POST', '/api/recipients', { phone, name: `Client ${number}`, consent }))
  }
  promised(
    `${RECIPIENTS} recipients are on record`,
    people.every(({ state }) => state === 'active'),
    people,
  )
  const first = people[0]?.id
  const gone = await owner.send<Recipient>('POST', `/api/recipients/${first}/opt-out`, { source: 'called the office' })
  promised('Client 1 has opted out', gone.state === 'opted_out', gone)
  return people
}

export async function refuseUnapproved(owner: Client, content: Api.ContentView, people: Recipient[]): Promise<void> {
  const recipientIds = people.map(({ id }) => id)
  const refusal = await owner.refused('POST', '/api/campaigns', { contentId: content.contentId, recipientIds })
  promised('the promise of returns cannot be sent', refusal.code === 'no_valid_proof', refusal)
  tell(`It says: ${refusal.detail}`)
}

export async function sendCampaign(owner: Client, content: Api.ContentView, people: Recipient[]): Promise<Campaign> {
  const recipientIds = people.map(({ id }) => id)
  const made = await owner.send<Campaign>('POST', '/api/campaigns', { contentId: content.contentId, recipientIds })
  promised(`a campaign to ${RECIPIENTS} recipients is made`, made.recipients === RECIPIENTS, made)
  return waitFor(
    'the campaign is completed',
    () => owner.get<Campaign>(`/api/campaigns/${made.id}`),
    ({ state }) => state === 'completed',
  )
}

export async function readStatuses(owner: Client, campaign: Campaign, people: Recipient[]): Promise<Delivery> {
  const isFinal = ({ state }: Delivery) => ['delivered', 'read', 'failed', 'cancelled'].includes(state)
  const { items } = await waitFor(
    'each delivery comes to its end',
    () => owner.get<Page<Delivery>>(`/api/campaigns/${campaign.id}/deliveries?limit=100`),
    (page) => page.items.length === RECIPIENTS && page.items.every(isFinal),
  )
  const rows = people.map((person) => {
    const delivery = items.find(({ recipientId }) => recipientId === person.id)
    return [person.name ?? '', person.phone ?? '', delivery?.state ?? 'missing', delivery?.reason ?? '']
  })
  tell(table(['recipient', 'phone', 'state', 'reason'], rows))
  const inState = (...states: Api.DeliveryState[]) => items.filter(({ state }) => states.includes(state))
  promised('23 messages arrived', inState('delivered', 'read').length === 23, rows)
  const [failed, ...moreFailed] = inState('failed')
  const unreachable = people.at(-1)?.id
  promised(
    'the number that is not on WhatsApp failed, with the reason',
    failed?.recipientId === unreachable && Boolean(failed?.reason) && moreFailed.length === 0,
    rows,
  )
  const [cancelled, ...moreCancelled] = inState('cancelled')
  promised(
    'nothing went to the person who had opted out, and it says why',
    cancelled?.recipientId === people[0]?.id && /opted out/.test(cancelled?.reason ?? '') && moreCancelled.length === 0,
    rows,
  )
  return failed as Delivery
}

/** What WhatsApp told us about a delivery, and that nobody else can. */
export async function checkWebhooks(url: string, owner: Client, campaign: Campaign, failed: Delivery): Promise<void> {
  const eventsOf = async (objectId: string) => {
    const page = await owner.get<Page<Api.AuditEventView>>(`/api/audit/events?limit=100&objectId=${objectId}`)
    return page.items.toReversed()
  }
  const own = await eventsOf(failed.id)
  tell('The message that failed:')
  tell(trail(own))
  const way = own.map(({ action }) => action)
  promised('its way is on record', way[0] === 'delivery.claimed' && way.includes('delivery.failed'), way)
  const progress = (await eventsOf(campaign.id)).filter(({ action }) => action === 'campaign.progressed')
  tell(`Webhooks that moved something: ${progress.length}. They moved ${total(progress)}.`)
  promised('each step was told by a webhook', progress.length > 0, progress)
  const connection = await owner.get<Shape<typeof Api.ConnectionView>>('/api/whatsapp/connection')
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
  const body = JSON.stringify(deliveredWebhook(connection, failed))
  const forged = await fetch(`${url}/webhooks/whatsapp`, { method: 'POST', headers, body })
  promised(
    'one that says it was delivered after all, signed by nobody, is refused',
    forged.status === 403,
    forged.status,
  )
  const path = `/api/campaigns/${campaign.id}/deliveries?limit=100`
  const now = (await owner.get<Page<Delivery>>(path)).items.find(({ id }) => id === failed.id)
  promised('and changes nothing', now?.state === 'failed', now)
}

const deliveredWebhook = (connection: Shape<typeof Api.ConnectionView>, { id }: Delivery) => {
  const status = { id: 'wamid.forged', status: 'delivered', timestamp: String(Math.floor(Date.now() / 1000)) }
  const value = {
    messaging_product: 'whatsapp',
    metadata: { phone_number_id: connection.phoneNumberId },
    statuses: [{ ...status, biz_opaque_callback_data: id }],
  }
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: connection.wabaId, changes: [{ field: 'messages', value }] }],
  }
}

export async function readTrail(owner: Client, content: Api.ContentView): Promise<void> {
  const { items } = await owner.get<Page<Api.AuditEventView>>(`/api/content/${content.contentId}/audit?limit=100`)
  tell(trail(items))
  const actions = items.map(({ action }) => action)
  const life = ['content.created', 'content.submitted', 'content.approved', 'campaign.created', 'campaign.completed']
  const places = life.map((action) => actions.indexOf(action))
  promised('written, submitted, approved, sent and completed, in this order', isAscending(places), actions)
  promised(
    'each entry names the request that caused it',
    items.every(({ requestId }) => requestId !== ''),
    items,
  )
}

const isAscending = (places: number[]) => places.every((place, index) => place > (places[index - 1] ?? -1))

const trail = (events: Api.AuditEventView[]) =>
  table(
    ['time (UTC)', 'who', 'what', 'from', 'to', 'note'],
    events.map(({ at, actor, action, from, to, reason }) => [
      at.slice(11, 23),
      actor.role ?? actor.kind,
      action,
      from ?? '',
      to ?? '',
      reason ?? '',
    ]),
  )

/** How many deliveries the webhooks moved to which state. */
function total(progress: Api.AuditEventView[]): string {
  const counts: Record<string, number> = {}
  for (const { detail } of progress) {
    for (const [state, count] of Object.entries((detail?.now ?? {}) as Record<string, number>)) {
      counts[state] = (counts[state] ?? 0) + count
    }
  }
  return Object.entries(counts)
    .map(([state, count]) => `${count} to ${state}`)
    .join(', ')
}
