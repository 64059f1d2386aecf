import type { Queries } from '@pramaan/db'
import { FunnelStep, type PlatformView } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import type { Range } from './rules/range.ts'

/** How many firms there are of each tier and status. */
export async function countAdvisors(queries: Queries): Promise<PlatformView['advisors']> {
  const { rows } = await queries.execute<PlatformView['advisors'][number] & Record<string, unknown>>(sql`
    select tier, status, count(*)::int as count from advisors group by tier, status order by tier, status`)
  return rows.map(({ tier, status, count }) => ({ tier, status, count }))
}

/** How far the firms have come by now that registered on these days in India. */
export async function countOnboarding(queries: Queries, { from, to }: Range): Promise<PlatformView['onboarding']> {
  const { rows } = await queries.execute<Record<FunnelStep, number>>(sql`
    select count(*)::int as registered,
      count(*) filter (where exists (select from members m join users u on u.id = m.user_id
        where m.advisor_id = a.id and u.email_verified_at is not null))::int as email_verified,
      count(*) filter (where exists (select from licences l
        where l.advisor_id = a.id and l.state in ('verified', 'lapsing', 'lapsed')))::int as licence_verified,
      count(*) filter (where exists (select from whatsapp_connections c
        where c.advisor_id = a.id and c.state in ('connected', 'revoked')))::int as whatsapp_connected,
      count(*) filter (where exists (select from approvals p where p.advisor_id = a.id))::int as text_approved,
      count(*) filter (where exists (select from analytics_messages s where s.advisor_id = a.id))::int as message_sent,
      count(*) filter (where exists (select from payments p
        where p.advisor_id = a.id and p.amount_paise > 0))::int as paying
    from advisors a
    where (created_at at time zone 'Asia/Kolkata')::date between ${from} and ${to}`)
  return FunnelStep.options.map((step) => ({ step, firms: rows[0]?.[step] ?? 0 }))
}
