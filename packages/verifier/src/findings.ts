/**
 * Everything that can be wrong with a log, by the name of what was done to it. `stale` ones say that something is late
 * or missing, all others that somebody tampered.
 */
export const FINDING_KINDS = {
  edited: 'an entry is not the one that was sealed',
  deleted: 'an entry is gone',
  inserted: 'an entry was put in afterwards',
  reordered: 'entries have changed places',
  truncated: 'the end of the log is gone: more was signed than is there',
  rewritten: 'the entries are not those that were signed, and hashes were changed to match them',
  spliced: 'parts of two logs were put together',
  forked: 'the log signed another history than the one that was seen before: its key was used to sign anew',
  rolled_back: 'the log is shorter than it was when it was seen before',
  bad_signature: 'a checkpoint is not signed by a known key of the log',
  bad_cosignature: 'a witness did not sign what is said to be its signature',
  hidden: 'an entry was kept from being sealed',
  backdated: 'an entry claims to be older than what was sealed long before it',
  corrupt_node: 'a stored hash of the tree is not that of its leaves, so that proofs would fail',
  bad_proof: 'a proof does not lead to the root of its checkpoint',
  altered_file: 'a file of the pack is not the one that was packed',
  incomplete: 'something that must be there is missing',
  malformed: 'this cannot be read',
  stalled: 'entries wait for their sealing for longer than promised',
  unsealed: 'the last entries are under no signed checkpoint yet',
  unwitnessed: 'no witness has seen the newest checkpoint',
} as const
export type FindingKind = keyof typeof FINDING_KINDS

const STALE: readonly FindingKind[] = ['stalled', 'unsealed', 'unwitnessed']

export interface Finding {
  readonly kind: FindingKind
  /** Where, in words: places, sizes, ids. */
  readonly where: string
}

/** What a verification came to. */
export interface Report {
  readonly outcome: 'ok' | 'stale' | 'tampered'
  readonly findings: readonly Finding[]
  /** How many findings there were; more than are listed when it ran over the limit. */
  readonly total: number
}

const LISTED = 200

export interface Findings {
  add(kind: FindingKind, where: string): void
  has(kind: FindingKind): boolean
  report(): Report
}

/** Collects findings. A log that was shifted by one place has as many as entries; the first ones say enough. */
export function collectFindings(): Findings {
  const findings: Finding[] = []
  const kinds = new Set<FindingKind>()
  let total = 0
  return {
    add(kind, where) {
      total += 1
      // The first of each kind is always listed.
      if (findings.length < LISTED || !kinds.has(kind)) findings.push({ kind, where })
      kinds.add(kind)
    },
    has: (kind) => kinds.has(kind),
    report() {
      const tampered = [...kinds].some((kind) => !STALE.includes(kind))
      return { outcome: tampered ? 'tampered' : total > 0 ? 'stale' : 'ok', findings, total }
    },
  }
}
