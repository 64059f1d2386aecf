import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { StatusChange } from './apply-statuses.ts'
import { messageRef } from './message-ref.ts'
import { costOf, countryOf } from './rules/price.ts'
import type { DeliveryRow } from './views.ts'

/** One row for each message. Of two prices the earlier stands, whichever was told first. */
const BOOK = {
  name: 'delivery_book_costs',
  text: `insert into message_costs
      (advisor_id, provider_message_id, delivery_id, campaign_id, category, pricing, amount_millipaise, priced_at)
    select distinct on (message_id) $1, message_id, delivery_id, campaign_id, category, pricing, amount, priced_at
    from jsonb_to_recordset($2::jsonb) as t(message_id text, delivery_id uuid, campaign_id uuid, category text,
      pricing text, amount bigint, priced_at timestamptz)
    order by message_id, priced_at, category, pricing
    on conflict (advisor_id, provider_message_id) do update
      set category = excluded.category, pricing = excluded.pricing, amount_millipaise = excluded.amount_millipaise,
        priced_at = excluded.priced_at
      where (excluded.priced_at, excluded.category, excluded.pricing)
        < (message_costs.priced_at, message_costs.category, message_costs.pricing)
    returning campaign_id as "campaignId"`,
}

/**
 * Books what WhatsApp says that messages cost: once for each message, by the first price that it told.
 *
 * @returns one entry for each campaign of which a price is new
 */
export async function bookCosts(
  ctx: CommandCtx,
  advisorId: string,
  priced: { row: DeliveryRow; change: StatusChange }[],
): Promise<AuditEntry[]> {
  const rows = priced.flatMap(({ row, change }) => {
    if (change.pricing === null) return []
    const address = change.who.phone ?? change.who.bsuid
    const country = address === null ? null : countryOf(address)
    return {
      message_id: messageRef(ctx.keys, change.messageId),
      delivery_id: row.id,
      campaign_id: row.campaignId,
      category: change.pricing.category,
      pricing: change.pricing.type,
      amount: costOf(change.pricing, country, change.at),
      priced_at: change.at,
    }
  })
  if (rows.length === 0) return []
  const values = [advisorId, JSON.stringify(rows)]
  const booked = await ctx.tx.$client.query<{ campaignId: string }>({ ...BOOK, values })
  return [...Map.groupBy(booked.rows, ({ campaignId }) => campaignId)].map(([campaignId, messages]) => ({
    action: 'campaign.costs_booked',
    objectType: 'campaign',
    objectId: campaignId,
    advisorId,
    detail: { messages: messages.length },
  }))
}
