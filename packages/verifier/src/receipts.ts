import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Findings } from './findings.ts'
import type { LoggedEntry } from './leaf-document.ts'
import { openNote, type VerifierKey } from './signed-note.ts'

/** No log is called so, and therefore no checkpoint reads like a receipt. */
const RECEIPT_TITLE = 'pramaan receipt v1'

/** The hash of an entry by itself, in base64: where it stands was not known yet when the receipt was given. */
const digestOf = ({ id, at, advisorId, actorId, action, objectType, objectId, body }: LoggedEntry): string =>
  createHash('sha256')
    .update(canonicalJson({ id, at, advisorId, actorId, action, objectType, objectId, body }))
    .digest('base64')

/** Compares entries with the receipts that were given for them and kept outside. */
export function receiptChecker(
  { logKeys, origin, receipts = [] }: { origin: string; logKeys: readonly VerifierKey[]; receipts?: readonly string[] },
  findings: Findings,
) {
  const promised = new Map<string, string>()
  for (const receipt of receipts) {
    try {
      const [title, log, id = '', digest = ''] = openNote(receipt, logKeys).text.split('\n')
      if (title !== RECEIPT_TITLE || log !== origin) throw new Error('not a receipt of this log')
      promised.set(id, digest)
    } catch {
      findings.add('malformed', `a receipt that no known key of ${origin} signed`)
    }
  }
  return {
    check(entry: LoggedEntry) {
      const digest = promised.get(entry.id)
      if (digest === undefined) return
      promised.delete(entry.id)
      if (digest !== digestOf(entry)) findings.add('edited', `entry ${entry.id} is not what its receipt was given for`)
    },
    end() {
      for (const id of promised.keys()) findings.add('deleted', `entry ${id}, for which a receipt was given`)
    },
  }
}
