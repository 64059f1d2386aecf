import { type Queries, schema, statement } from '@pramaan/db'
import { DeliveryState } from '@pramaan/shared'
import { and, count, desc, eq, exists, inArray, ne, sql } from 'drizzle-orm'
import type { CampaignRow, ConnectionRow } from './views.ts'

const { campaigns, consents, deliveries, recipients, whatsappConnections } = schema
const given = sql.placeholder

const liveConnection = statement((queries) =>
  queries
    .select()
    .from(whatsappConnections)
    .where(and(eq(whatsappConnections.advisorId, given('advisorId')), ne(whatsappConnections.state, 'revoked')))
    .prepare('delivery_live_connection'),
)

/** The advisor's connection, whatever its state; null when there is none or it was given up. */
export async function findConnection(queries: Queries, advisorId: string): Promise<ConnectionRow | null> {
  return (await liveConnection(queries).execute({ advisorId }))[0] ?? null
}

const campaignById = statement((queries) =>
  queries
    .select()
    .from(campaigns)
    .where(and(eq(campaigns.advisorId, given('advisorId')), eq(campaigns.id, given('id'))))
    .prepare('delivery_campaign_by_id'),
)

export async function findCampaign(queries: Queries, advisorId: string, id: string): Promise<CampaignRow | null> {
  return (await campaignById(queries).execute({ advisorId, id }))[0] ?? null
}

const countsOfCampaign = statement((queries) =>
  queries
    .select({ state: deliveries.state, count: count() })
    .from(deliveries)
    .where(and(eq(deliveries.advisorId, given('advisorId')), eq(deliveries.campaignId, given('campaignId'))))
    .groupBy(deliveries.state)
    .prepare('delivery_counts_of_campaign'),
)

/** How many deliveries of a campaign stand in each state; a state with none is absent. */
export async function countDeliveries(
  queries: Queries,
  advisorId: string,
  campaignId: string,
): Promise<Partial<Record<DeliveryState, number>>> {
  const rows = await countsOfCampaign(queries).execute({ advisorId, campaignId })
  const counts = new Map(rows.map((row) => [row.state, row.count]))
  return Object.fromEntries(
    DeliveryState.options.flatMap((state) => {
      const found = counts.get(state)
      return found === undefined ? [] : [[state, found] as const]
    }),
  )
}

/** Whether the ledger holds a grant for marketing messages; the withdrawal of it is the recipient's state. */
export const consented = (queries: Queries) =>
  sql<boolean>`${exists(
    queries
      .select({ one: sql`1` })
      .from(consents)
      .where(
        and(
          eq(consents.advisorId, recipients.advisorId),
          eq(consents.recipientId, recipients.id),
          eq(consents.action, 'granted'),
          eq(consents.purpose, 'marketing'),
        ),
      ),
  )}`

const recipientsOf = statement((queries) =>
  queries
    .select({ id: recipients.id, state: recipients.state, consented: consented(queries) })
    .from(recipients)
    .where(and(eq(recipients.advisorId, given('advisorId')), sql`${recipients.id} = any(${given('ids')}::uuid[])`))
    .prepare('delivery_recipients_of'),
)

/** Those of the given recipients that the advisor has, with what decides whether they may be written to. */
export const readRecipients = (queries: Queries, advisorId: string, ids: string[]) =>
  recipientsOf(queries).execute({ advisorId, ids })

const ofSegment = sql`${recipients.segments} @> array[${given('segment')}]::text[]`

const recipientsOfSegment = statement((queries) =>
  queries
    .select({ id: recipients.id, state: recipients.state, consented: consented(queries) })
    .from(recipients)
    .where(and(eq(recipients.advisorId, given('advisorId')), ofSegment))
    .orderBy(recipients.id)
    .prepare('delivery_recipients_of_segment'),
)

/** Everybody of a segment, with what decides whether they may be written to. */
export const readSegment = (queries: Queries, advisorId: string, segment: string) =>
  recipientsOfSegment(queries).execute({ advisorId, segment })

const sizeOfSegment = statement((queries) =>
  queries
    .select({ count: count() })
    .from(recipients)
    .where(and(eq(recipients.advisorId, given('advisorId')), ofSegment))
    .prepare('delivery_size_of_segment'),
)

export async function countSegment(queries: Queries, advisorId: string, segment: string): Promise<number> {
  return (await sizeOfSegment(queries).execute({ advisorId, segment }))[0]?.count ?? 0
}

const newestConnectionOfNumber = statement((queries) =>
  queries
    .select({
      advisorId: whatsappConnections.advisorId,
      phoneNumberId: whatsappConnections.phoneNumberId,
    })
    .from(whatsappConnections)
    .where(
      and(
        sql`${whatsappConnections.phoneNumberId} = any(${given('phoneNumberIds')}::text[])`,
        inArray(whatsappConnections.state, ['connected', 'failed']),
        sql`${whatsappConnections.displayPhoneNumber} is not null`,
      ),
    )
    .orderBy(desc(sql`${whatsappConnections.state} = 'connected'`), desc(whatsappConnections.updatedAt))
    .prepare('delivery_connections_of_numbers'),
)

/**
 * Whose the numbers are, by phone number id. Only somebody whose token could read the number counts, so that nobody
 * draws another firm's webhooks to himself by claiming its number.
 */
export async function advisorsOfNumbers(queries: Queries, phoneNumberIds: string[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>()
  for (const row of await newestConnectionOfNumber(queries).execute({ phoneNumberIds })) {
    if (!owners.has(row.phoneNumberId)) owners.set(row.phoneNumberId, row.advisorId)
  }
  return owners
}

const connectionsOfAccount = statement((queries) =>
  queries
    .select()
    .from(whatsappConnections)
    .where(and(eq(whatsappConnections.wabaId, given('wabaId')), eq(whatsappConnections.state, 'connected')))
    .prepare('delivery_connections_of_account'),
)

/** The connected numbers of a WhatsApp business account. */
export const readConnectionsOfAccount = (queries: Queries, wabaId: string): Promise<ConnectionRow[]> =>
  connectionsOfAccount(queries).execute({ wabaId })
