import type { InspectionScope } from '@pramaan/shared'

/** Which steps in the log each stand for one row of a kind, and which row that is. */
export interface LoggedAs {
  readonly actions: readonly string[]
  /** That an entry `e` stands for a row `t`, in SQL. The object of the entry comes first, as an index leads to it. */
  readonly match: string
}

/** Of what a pack holds the rows: one kind of file each. */
export interface PackKind {
  readonly name: string
  /** What an inspector's grant must cover for it. */
  readonly scope: InspectionScope
  readonly table: string
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
  /** A column of sealed JSON that is opened for the pack. */
  readonly sealed?: string
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

export const PACK_KINDS: readonly PackKind[] = [
  kind('contents', 'content', 'contents', { logged: { actions: ['content.created'], match: IS_OBJECT } }),
  kind('versions', 'content', 'content_versions', {
    logged: {
      actions: ['content.created', 'content.revised'],
      match: `e.object_id = t.content_id::text and e.body->>'versionHash' = t.hash`,
    },
  }),
  kind('verdicts', 'verdicts', 'verdicts', {
    logged: { actions: ['compliance.verdict_given'], match: inDetail('verdictId') },
  }),
  kind('ai-uses', 'audit', 'ai_uses', {
    logged: { actions: ['compliance.model_consulted'], match: inDetail('aiUseId') },
  }),
  kind('reviews', 'approvals', 'reviews', {
    beside: `'overrides', (select coalesce(jsonb_agg(to_jsonb(o) - 'advisor_id'), '[]') from finding_overrides o
      where o.advisor_id = t.advisor_id and o.review_id = t.id)`,
  }),
  kind('approvals', 'approvals', 'approvals', {
    logged: { actions: ['content.approved'], match: inDetail('approvalId') },
  }),
  kind('campaigns', 'deliveries', 'campaigns', { logged: { actions: ['campaign.created'], match: IS_OBJECT } }),
  kind('deliveries', 'deliveries', 'deliveries', { without: ['claim_token', 'claimed_until'] }),
  kind('consents', 'deliveries', 'consents', { sinceEver: true }),
  kind('licences', 'approvals', 'licences', { sinceEver: true }),
  kind('invoices', 'audit', 'tax_documents', {
    time: 'issued_at',
    logged: { actions: ['invoice.issued', 'credit_note.issued'], match: IS_OBJECT },
    sealed: 'document',
  }),
]

/** The kinds that a grant with these scopes covers; without a grant all. */
export const kindsWithin = (scopes: readonly InspectionScope[] | null): string[] =>
  PACK_KINDS.filter(({ scope }) => scopes === null || scopes.includes(scope)).map(({ name }) => name)
