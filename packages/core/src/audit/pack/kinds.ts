import type { InspectionScope } from '@pramaan/shared'

/** Which steps in the log each stand for one row of a kind, and which row that is. */
export interface LoggedAs {
  readonly actions: readonly string[]
  /** What the entry is about, as a step of a campaign stands in the life of its text, too. */
  readonly objects: readonly string[]
  /** That an entry `e` stands for a row `t`, in SQL. The object of the entry comes first, as an index leads to it. */
  readonly match: string
}

/** A sealed column that is opened for the pack. */
export interface SealedColumn {
  readonly column: string
  /** The table under whose name it is sealed, where the rows are of several. */
  readonly table?: string
  /** Whose key it is: the firm's, or that of the person who is the row. */
  readonly owner?: 'row'
  /** It holds JSON, not words. */
  readonly isJson?: true
}

/** Of what a pack holds the rows: one kind of file each. */
export interface PackKind {
  readonly name: string
  /** What an inspector's grant must cover for it. */
  readonly scope: InspectionScope
  /** A table, or a query in parentheses with `advisor_id` and `id`. */
  readonly table: string
  /** The text column that is the key within the firm, where there is no `id`. */
  readonly key?: string
  /** The column that tells when a row came to be; the period is asked of it where the log says nothing of a row. */
  readonly time: string
  /** Columns that are left out: secrets, and what is readable with a key alone. */
  readonly without: readonly string[]
  /** Null where no entry of the log stands for exactly one row. */
  readonly logged: LoggedAs | null
  /** What holds beyond the period: everything up to its end, not only what began in it. */
  readonly sinceEver?: true
  /** What stands in each row besides its own columns: names and values, in SQL. */
  readonly beside?: string
  readonly sealed?: readonly SealedColumn[]
  /** It is a firm's own and no evidence: in the export of a whole firm alone. */
  readonly ownOnly?: true
}

/** The object of the entry is the row itself. */
const IS_OBJECT = 'e.object_id = t.id::text'
/** The entry is about the row's text and names the row in its detail. */
const inDetail = (name: string) => `e.object_id = t.content_id::text and e.body->'detail'->>'${name}' = t.id::text`

const kind = (name: string, scope: InspectionScope, table: string, rest: Partial<PackKind> = {}): PackKind => ({
  name,
  scope,
  table,
  time: 'created_at',
  without: [],
  logged: null,
  ...rest,
})

/** Of the firm itself, since ever. */
const own = (name: string, table: string, rest: Partial<PackKind> = {}): PackKind =>
  kind(name, 'audit', table, { sinceEver: true, ownOnly: true, ...rest })

export const PACK_KINDS: readonly PackKind[] = [
  kind('contents', 'content', 'contents', {
    logged: { actions: ['content.created'], objects: ['content'], match: IS_OBJECT },
  }),
  kind('versions', 'content', 'content_versions', {
    logged: {
      actions: ['content.created', 'content.revised'],
      objects: ['content'],
      match: `e.object_id = t.content_id::text and e.body->>'versionHash' = t.hash`,
    },
  }),
  kind('verdicts', 'verdicts', 'verdicts', {
    logged: { actions: ['compliance.verdict_given'], objects: ['content'], match: inDetail('verdictId') },
  }),
  kind('ai-uses', 'audit', 'ai_uses', {
    logged: { actions: ['compliance.model_consulted'], objects: ['content'], match: inDetail('aiUseId') },
  }),
  kind('reviews', 'approvals', 'reviews', {
    beside: `'overrides', (select coalesce(jsonb_agg(to_jsonb(o) - 'advisor_id'), '[]') from finding_overrides o
      where o.advisor_id = t.advisor_id and o.review_id = t.id)`,
  }),
  kind('approvals', 'approvals', 'approvals', {
    logged: { actions: ['content.approved'], objects: ['content'], match: inDetail('approvalId') },
  }),
  kind('campaigns', 'deliveries', 'campaigns', {
    logged: { actions: ['campaign.created'], objects: ['campaign'], match: IS_OBJECT },
  }),
  kind('deliveries', 'deliveries', 'deliveries', { without: ['claim_token', 'claimed_until'] }),
  kind('consents', 'deliveries', 'consents', { sinceEver: true }),
  kind('licences', 'approvals', 'licences', { sinceEver: true }),
  kind('invoices', 'audit', 'tax_documents', {
    time: 'issued_at',
    logged: {
      actions: ['invoice.issued', 'credit_note.issued'],
      objects: ['invoice', 'credit_note'],
      match: IS_OBJECT,
    },
    sealed: [{ column: 'document', isJson: true }],
  }),
  own('firm', `(select *, id as advisor_id from advisors)`),
  own('people', `(select m.*, m.user_id as id, u.email, u.full_name from members m join users u on u.id = m.user_id)`, {
    without: ['user_id'],
    sealed: [
      { column: 'email', table: 'users', owner: 'row' },
      { column: 'full_name', table: 'users', owner: 'row' },
    ],
  }),
  own('recipients', 'recipients', {
    without: ['phone_hash', 'bsuid_hash'],
    sealed: [{ column: 'phone' }, { column: 'name' }, { column: 'bsuid' }],
  }),
  own('replies', 'replies', { sealed: [{ column: 'body' }] }),
  own('shares', 'shares'),
  own('licence-evidence', 'licence_evidence', { sealed: [{ column: 'document' }] }),
  own('message-costs', 'message_costs', { key: 'provider_message_id', time: 'priced_at' }),
  own('firm-rules', `(select *, lpad(version::text, 9, '0') as place from firm_rule_sets)`, { key: 'place' }),
  own('translations', 'warning_translations'),
  own('whatsapp-connections', 'whatsapp_connections', { time: 'updated_at', without: ['access_token', 'pin'] }),
  own('whatsapp-templates', 'whatsapp_templates'),
  own('billing-details', `(select *, advisor_id as id from billing_details)`, {
    time: 'updated_at',
    sealed: [{ column: 'recipient', table: 'billing_details', isJson: true }],
  }),
  own('subscriptions', 'subscriptions'),
  own('payments', 'payments'),
  own('refunds', 'refunds'),
  own('webhook-endpoints', 'webhook_endpoints', { without: ['secret'] }),
  own('api-keys', 'api_keys', { without: ['secret_hash', 'previous_hash'] }),
]

/** The kinds that a grant with these scopes covers; without a grant all that is evidence. */
export const kindsWithin = (scopes: readonly InspectionScope[] | null): string[] =>
  PACK_KINDS.filter(({ ownOnly, scope }) => !ownOnly && (scopes === null || scopes.includes(scope))).map(
    ({ name }) => name,
  )

/** Whether a pack of these kinds holds people in clear. */
export const holdsPeople = (kinds: readonly string[]): boolean =>
  PACK_KINDS.some(({ name, ownOnly }) => ownOnly && kinds.includes(name))

/** All that is kept for a firm. */
export const ALL_KINDS: readonly string[] = PACK_KINDS.map(({ name }) => name)
