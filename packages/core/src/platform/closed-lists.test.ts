import { testDatabase } from '@pramaan/db/testing'
import * as shared from '@pramaan/shared'
import { expect, test } from 'vitest'

const connection = shared.ConnectionView.shape
const profile = shared.ProfileView.shape.profile.shape

/** What the outside may hear of a column, by its CHECK constraint. */
const HEARD: Record<string, readonly string[]> = {
  advisors_status: profile.status.options,
  advisors_tier: shared.Tier.options,
  ai_uses_outcome: shared.AiOutcome.options,
  ai_uses_reason: shared.AiReason.options,
  ai_uses_source: shared.AiSource.options,
  analytics_events_kind: shared.AnalyticsKind.options,
  analytics_exports_format: shared.ExportFormat.options,
  analytics_exports_report: shared.AnalyticsReport.options,
  analytics_exports_state: shared.ExportState.options,
  api_keys_scopes: shared.Scope.options,
  audit_packs_state: shared.PackState.options,
  approvals_approved_via: shared.ProofStatement.shape.approvedVia.options,
  billing_details_state_code: shared.StateCode.options,
  breach_reports_audience: shared.BreachAudience.options,
  campaigns_state: shared.CampaignState.options,
  content_versions_audience: shared.Audience.options,
  content_versions_channel: shared.Channel.options,
  content_versions_language: shared.Language.options,
  contents_status: shared.ContentStatus.options,
  deliveries_state: shared.DeliveryState.options,
  erasures_state: shared.ErasureState.options,
  erasures_subject_kind: shared.ErasureSubject.options,
  grievances_state: shared.GrievanceState.options,
  invitations_role: shared.MemberRole.options,
  licence_evidence_type: shared.EvidenceType.options,
  licence_lists_type: shared.LicenceType.options,
  licence_register_type: shared.LicenceType.options,
  licences_state: shared.LicenceState.options,
  licences_type: shared.LicenceType.options,
  members_role: shared.MemberRole.options,
  person_consents_action: shared.ConsentAction.options,
  person_consents_purpose: shared.PersonPurpose.options,
  recipients_state: shared.RecipientState.options,
  retentions_subject_kind: shared.ErasureSubject.options,
  review_suggestions_state: shared.SuggestionState.options,
  reviews_kind: shared.ReviewKind.options,
  reviews_path: shared.ReviewPath.options,
  reviews_state: shared.ReviewState.options,
  refunds_state: shared.RefundState.options,
  subscriptions_payment: shared.PaymentKind.options,
  subscriptions_period: shared.BillingPeriod.options,
  subscriptions_state: shared.SubscriptionState.options,
  subscriptions_tier: shared.Tier.options,
  subscriptions_cancel_at: shared.When.options,
  tax_documents_kind: shared.TaxDocumentKind.options,
  rule_flips_direction: shared.FlipDirection.options,
  rule_impacts_state: shared.RuleImpactState.options,
  webhook_endpoints_events: shared.OutgoingEvent.options,
  webhook_endpoints_state: shared.EndpointView.shape.state.options,
  users_role: shared.UserRole.options,
  verdicts_ai_status: shared.AiStatus.options,
  verdicts_outcome: shared.Outcome.options,
  warning_translations_language: shared.WarningLanguage.options,
  warning_translations_state: shared.TranslationState.options,
  warning_translations_warning: shared.WarningId.options,
  whatsapp_connections_state: connection.state.options,
}
/** What stays inside. */
const INSIDE = [
  'api_keys_previous',
  'compliance_checks_stages_done',
  'compliance_checks_state',
  'consents_action',
  'email_tokens_purpose',
  'inspector_grants_dates',
  'inspector_grants_scopes',
  'ledger_entries_account',
  'payments_amount',
  'refunds_amount',
  'retentions_shredded',
  'outgoing_messages_state',
  'plan_usage_meter',
  'plan_usage_within',
  'recipients_reachable',
  'users_status',
  'webhook_events_source',
  'webhook_events_state',
]

const { db } = await testDatabase()

test('every closed list of the database is the one that packages/shared tells the outside', async () => {
  const { rows } = await db.pool.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where contype = 'c' and c.relnamespace = 'public'::regnamespace and not c.relispartition`,
  )
  const kept = rows.map(({ name, definition }) => [name, [...definition.matchAll(/'([^']*)'/g)].map(([, one]) => one)])
  const lists = Object.fromEntries(kept.filter(([name]) => !INSIDE.includes(String(name))))
  expect(lists).toEqual(HEARD)
  expect(kept.map(([name]) => name).toSorted()).toEqual([...Object.keys(HEARD), ...INSIDE].toSorted())
})
