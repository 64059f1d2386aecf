import type pg from 'pg'

/** Each in turn, as a superuser without triggers: two years of what the platform's own numbers are counted from. */
const FILLS = [
  // Firms registered one after another over the two years, and paid by the month from then on.
  `with firm as (
     select id, row_number() over (order by id) as n, count(*) over () as firms from advisors
   )
   update advisors a set created_at = now() - interval '24 months' * (1 - firm.n::float8 / firm.firms)
   from firm where firm.id = a.id`,
  `insert into subscriptions (advisor_id, id, plan_id, tier, period, payment, price_paise, state, ended_at, created_by,
     created_at, updated_at)
   select id, id, 'bench', tier, 'monthly', 'mandate', 100000, 'active',
     case when hashtext(id::text) % 10 = 0 then created_at + interval '9 months' end, id, created_at, now()
   from advisors`,
  `insert into payments (advisor_id, id, subscription_id, razorpay_payment_id, amount_paise, paid_at)
   select s.advisor_id, gen_random_uuid(), s.id, 'pay_' || left(s.id::text, 36) || '_' || turn, 118000, paid_at
   from subscriptions s cross join lateral (
     select turn, s.created_at + make_interval(months => turn) as paid_at from generate_series(0, 24) as turn
   ) t where paid_at < least(coalesce(s.ended_at, now()), now())`,
  `insert into ledger_entries (advisor_id, source, account, amount_paise, occurred_at, recorded_at)
   select advisor_id, 'payment:' || razorpay_payment_id, account, amount, paid_at, paid_at
   from payments cross join (values ('razorpay', 118000), ('revenue', -100000), ('igst', -18000)) as t (account, amount)`,
  `insert into refunds (advisor_id, id, razorpay_payment_id, amount_paise, reason, state, razorpay_refund_id, created_at, updated_at)
   select advisor_id, gen_random_uuid(), razorpay_payment_id, 11800, 'goodwill', 'processed', 'rfnd_' || id, paid_at, paid_at
   from payments where hashtext(id::text) % 50 = 0`,
  `insert into ledger_entries (advisor_id, source, account, amount_paise, occurred_at, recorded_at)
   select advisor_id, 'refund:' || razorpay_refund_id, account, amount, created_at, created_at
   from refunds cross join (values ('razorpay', -11800), ('revenue', 10000), ('igst', 1800)) as t (account, amount)`,
  // Every text in which a rule found something went to the desk: decided within some hours, but for those of the last one.
  `insert into reviews (advisor_id, id, content_id, version_id, verdict_id, author_id, path, score, state, due_at, created_at, updated_at)
   select advisor_id, gen_random_uuid(), content_id, content_id, object_id, advisor_id, 'firm', 60,
     case when occurred_at > now() - interval '20 days' and hashtext(object_id::text) % 20 = 0 then 'open'
       when hashtext(object_id::text) % 10 = 0 then 'rejected' else 'approved' end,
     occurred_at + interval '2 hours', occurred_at,
     occurred_at + interval '1 minute' * (abs(hashtext(object_id::text)) % 150)
   from analytics_events where kind = 'text.found'`,
  `insert into approvals (advisor_id, id, content_id, version_id, verdict_id, approved_via, statement, key_id, signature, expires_at, created_at)
   select advisor_id, gen_random_uuid(), content_id, version_id, verdict_id, 'reviewer', '', '', '', updated_at + interval '180 days', updated_at
   from reviews where state = 'approved'`,
  // What a weekly look at each paying firm keeps, for a year.
  `insert into churn_snapshots (advisor_id, week, observation, announced, observed_at)
   select advisor_id, week, jsonb_build_object('textsRecent', n % 20, 'textsBefore', n % 30, 'sentBackRecent', n % 3,
     'messagesRecent', n % 500, 'messagesBefore', n % 900, 'failedRecent', n % 7, 'daysSinceSignIn', n % 90,
     'lateReviews', n % 2, 'grievances', n % 2, 'chargeFailing', n % 50 = 0, 'downgraded', n % 40 = 0,
     'daysPaid', n % 30, 'yearly', false, 'tenureDays', 100), n % 100 = 0, week
   from (select advisor_id, hashtext(advisor_id::text) & 65535 as n from subscriptions where ended_at is null) firm
     cross join (select (date_trunc('week', now()) - make_interval(weeks => back))::date as week
       from generate_series(0, 51) as back) weeks`,
]

/** Somebody of ours who may ask for the platform's numbers. Nothing of them is ever read, so what is sealed is a stand-in. */
const ADMIN = `insert into users (id, email_hash, email, full_name, password_hash, role, status, totp_confirmed_at)
  values (gen_random_uuid(), '\\x00', '\\x00', '\\x00', '-', 'admin', 'active', now()) returning id`

/** Fills what the platform's view looks at beside facts: firms over time, money, and the review desk. @returns an administrator's id */
export async function fillBusiness(admin: pg.Client): Promise<string> {
  await admin.query(`set session_replication_role = 'replica'`)
  for (const fill of FILLS) await admin.query(fill)
  const { rows } = await admin.query<{ id: string }>(ADMIN)
  await admin.query(`set session_replication_role = 'origin'`)
  return rows[0]?.id ?? ''
}
