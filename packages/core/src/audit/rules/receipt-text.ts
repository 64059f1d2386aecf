import { createHash } from 'node:crypto'
import type { schema } from '@pramaan/db'
import canonicalize from 'canonicalize'

/** What a receipt is signed for; no log is called so, and therefore no checkpoint reads like one. */
const RECEIPT_TITLE = 'pramaan receipt v1'

/**
 * The text of a receipt, a line each: what it is, the log, the number of the entry, and the SHA-256 of its canonical JSON
 * without a place, as it may not have one yet. `packages/verifier` makes the same hash by its own code.
 */
export function receiptText(log: string, row: typeof schema.auditEntries.$inferSelect): string {
  const { action, actorId, advisorId, body, objectId, objectType } = row
  const id = String(row.id)
  const facts = { id, at: row.recordedAt.toISOString(), advisorId, actorId, action, objectType, objectId, body }
  const digest = createHash('sha256')
    .update(canonicalize(facts) ?? '', 'utf8')
    .digest('base64')
  return `${RECEIPT_TITLE}\n${log}\n${id}\n${digest}\n`
}
