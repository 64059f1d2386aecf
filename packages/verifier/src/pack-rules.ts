import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Findings } from './findings.ts'

/** A pack of rules as its text, or what a firm added to it: known by a number of the firm's own. */
type RuleSetRow = { digest: string } & ({ pack: string } | { version: number; rules: unknown })

interface VerdictRow {
  id: string
  rule_set_digest: string
  pack_digest: string
  firm_rules_version: number | null
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

/**
 * Every verdict was given by rules that are in the pack, to the letter: the digest that it names is that of the rule pack,
 * or, where the firm had rules of its own, of the canonical form of both digests.
 */
export async function checkRules(
  sets: AsyncIterable<string>,
  verdicts: AsyncIterable<string>,
  findings: Findings,
): Promise<void> {
  const packs = new Set<string>()
  const firms = new Map<number, string>()
  for await (const line of sets) {
    const row = JSON.parse(line) as RuleSetRow
    const own = 'pack' in row ? sha256(row.pack) : sha256(canonicalJson(row.rules))
    if (own !== row.digest) findings.add('edited', `the rules ${row.digest}`)
    if ('pack' in row) packs.add(row.digest)
    else firms.set(row.version, row.digest)
  }
  for await (const line of verdicts) {
    const {
      id,
      firm_rules_version: version,
      pack_digest: pack,
      rule_set_digest: named,
    } = JSON.parse(line) as VerdictRow
    const firm = version === null ? null : firms.get(version)
    if (!packs.has(pack) || firm === undefined)
      findings.add('incomplete', `rules: those of the verdict ${id} are missing`)
    else if (named !== (firm === null ? pack : sha256(canonicalJson({ firm, pack }))))
      findings.add('edited', `the verdict ${id} names other rules than it was given by`)
  }
}
