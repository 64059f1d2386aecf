import { type Queries, schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { CAMPAIGN_STEPS, type CampaignEvent, campaignStatesBefore } from './rules/campaign-state.ts'
import type { CampaignRow } from './views.ts'

const { campaigns } = schema
const given = sql.placeholder

const move = statement((queries) =>
  queries
    .update(campaigns)
    .set({
      state: sql`${given('to')}`,
      heldReason: sql`${given('heldReason')}`,
      updatedAt: sql`${given('now')}::timestamptz`,
    })
    .where(
      and(
        eq(campaigns.advisorId, given('advisorId')),
        eq(campaigns.id, given('id')),
        sql`${campaigns.state} = any(${given('from')}::text[])`,
      ),
    )
    .returning()
    .prepare('delivery_move_campaign'),
)

/**
 * Moves a campaign by its state table, with a conditional UPDATE.
 *
 * @returns null when the campaign is not in a state from which the event is allowed
 */
export async function moveCampaign(
  ctx: Pick<CommandCtx, 'tx' | 'now'>,
  wanted: { advisorId: string; campaignId: string; event: CampaignEvent; heldReason?: string },
): Promise<CampaignRow | null> {
  const from = campaignStatesBefore(wanted.event)
  const [to] = from.map((state) => CAMPAIGN_STEPS[state][wanted.event])
  const [row] = await move(ctx.tx).execute({
    advisorId: wanted.advisorId,
    id: wanted.campaignId,
    from,
    to,
    heldReason: wanted.heldReason ?? null,
    now: ctx.now().toISOString(),
  })
  return row ?? null
}

const running = statement((queries) =>
  queries
    .select({
      id: campaigns.id,
      state: campaigns.state,
      heldReason: campaigns.heldReason,
      templateId: campaigns.templateId,
    })
    .from(campaigns)
    .where(
      and(eq(campaigns.advisorId, given('advisorId')), sql`${campaigns.state} in ('scheduled', 'sending', 'held')`),
    )
    .orderBy(campaigns.id)
    .prepare('delivery_running_campaigns'),
)

/** The advisor's campaigns that are neither done nor cancelled, oldest first. */
export const readRunningCampaigns = (queries: Queries, advisorId: string) => running(queries).execute({ advisorId })
