import { expect, test } from 'vitest'
import { testDatabase } from '../testing/index.ts'

/** Tables of no tenant: people before they belong to one, and what the platform keeps for all. */
const PLATFORM = [
  'advisors',
  'analytics_cursor',
  'analytics_days',
  'analytics_rules',
  'audit_checkpoints',
  'audit_cosignatures',
  'audit_exports',
  'audit_heads',
  'audit_leaves',
  'audit_nodes',
  'audit_pending',
  'book_comparisons',
  'breach_reports',
  'breaches',
  'churn_models',
  'data_keys',
  'email_tokens',
  'event_pump',
  'grievances',
  'idempotency_keys',
  'licence_lists',
  'licence_register',
  'nominations',
  'notification_settings',
  'outbox',
  'person_consents',
  'rate_windows',
  'razorpay_plans',
  'recovery_codes',
  'refresh_tokens',
  'rule_impacts',
  'rule_packs',
  'sign_in_failures',
  'sign_in_places',
  'tax_series',
  'users',
  'webhook_events',
]
/** The sealed audit log is one for the platform; its key is the order in which entries came. */
const KEYED_OTHERWISE = ['audit_entries_recorded_at_id_pk']
/** What looks over all tenants at once: sweeps, queues of staff, and vendors that know nothing of our tenants. */
const ACROSS_TENANTS = [
  'analytics_exports_created_at_idx',
  'analytics_findings_day_idx',
  'analytics_texts_day_idx',
  'churn_snapshots_week_idx',
  'api_keys_id_idx',
  'audit_packs_available_idx',
  'compliance_checks_running_idx',
  'contents_checking_idx',
  'deliveries_claimed_until_idx',
  'inspector_grants_id_idx',
  'invitations_email_hash_idx',
  'invitations_token_hash',
  'licences_id_idx',
  'licences_in_force_idx',
  'members_user_id',
  'live_approvals_expires_idx',
  'live_approvals_rules_idx',
  'reviews_due_idx',
  'reviews_risk_idx',
  'warning_translations_proposed_idx',
  'payments_razorpay_payment_id',
  'refunds_next_look_at_idx',
  'refunds_razorpay_refund_id',
  'retentions_until_idx',
  'outgoing_messages_waiting_idx',
  'reviews_state_idx',
  'subscriptions_next_look_at_idx',
  'subscriptions_razorpay_id',
  'subscriptions_token_idx',
  'tax_documents_number',
  'rule_flips_impact_idx',
  'shadow_findings_created_idx',
  'verdicts_id_idx',
  'whatsapp_connections_connected_number_idx',
  'whatsapp_connections_number_idx',
]

const { db } = await testDatabase()

const tables = await db.pool.query<{ name: string; tenant: boolean }>(
  `select relname as name, exists (select from pg_attribute where attrelid = c.oid and attname = 'advisor_id') as tenant
   from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
   order by relname`,
)

test('every table is either a tenant`s, and says whose each row is, or stands in the list of those that are not', () => {
  expect(tables.rows.filter(({ tenant }) => !tenant).map(({ name }) => name)).toEqual(PLATFORM)
})

test('every key and index of a tenant`s table begins with advisor_id, but for those that look across tenants', async () => {
  const { rows } = await db.pool.query<{ index: string }>(
    `select i.indexrelid::regclass::text as index
     from pg_index i join pg_class c on c.oid = i.indrelid
     where c.relnamespace = 'public'::regnamespace and not c.relispartition
       and exists (select from pg_attribute where attrelid = c.oid and attname = 'advisor_id')
       and not exists (
         select from pg_attribute where attrelid = c.oid and attname = 'advisor_id' and attnum = i.indkey[0])
     order by 1`,
  )
  expect(rows.map(({ index }) => index)).toEqual([...KEYED_OTHERWISE, ...ACROSS_TENANTS].toSorted())
})

test('every tenant`s table has a primary key', async () => {
  const { rows } = await db.pool.query<{ name: string }>(
    `select indrelid::regclass::text as name from pg_index where indisprimary`,
  )
  const keyed = rows.map(({ name }) => name)
  expect(tables.rows.filter(({ name }) => !keyed.includes(name))).toEqual([])
})
