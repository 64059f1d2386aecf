/** Of what a pack holds the rows of its period: one file each. */
export interface PackKind {
  readonly name: string
  /** The rows of an advisor ($1) of a period ($2 to $3) after a key ($4), as JSON, in the order of that key. */
  readonly rows: string
  /** The actions in the log that each stand for one row; the completeness statement compares them. */
  readonly actions: readonly string[]
}

/** A file of rows of one table. What is a secret, or readable only with a key, is left out. */
const kind = (name: string, table: string, without: readonly string[], actions: readonly string[]): PackKind => ({
  name,
  actions,
  rows: `select id::text as key, (to_jsonb(t) - '{${['advisor_id', ...without].join(',')}}'::text[])::text as row
    from ${table} t where advisor_id = $1 and created_at >= $2 and created_at < $3 and id > $4::uuid order by id limit 2000`,
})

export const PACK_KINDS: readonly PackKind[] = [
  kind('contents', 'contents', [], ['content.created']),
  kind('versions', 'content_versions', [], ['content.created', 'content.revised']),
  kind('verdicts', 'verdicts', [], []),
  kind('approvals', 'approvals', [], []),
  kind('campaigns', 'campaigns', [], ['campaign.created']),
  kind('deliveries', 'deliveries', ['claim_token', 'claimed_until'], []),
  kind('consents', 'consents', [], []),
  kind('licences', 'licences', [], []),
]
