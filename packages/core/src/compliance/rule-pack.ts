import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ConceptTable } from './rules/lexicon.ts'
import likeness from './rules/pack/likeness.json' with { type: 'json' }
import { CONCEPTS, RULE_SET, SCORING, type Scoring, SWAPS } from './rules/rule-set.ts'
import type { Rule } from './rules/types.ts'

/** Everything that a verdict rests on besides the text and the code: what the digest of a rule set is made over. */
export interface RulePack {
  readonly version: string
  readonly rules: readonly Rule[]
  readonly concepts: ConceptTable
  readonly scoring: Scoring
  readonly likeness: unknown
  readonly swaps: unknown
}

/** The pack of this build. */
export const BUILD_PACK: RulePack = {
  version: RULE_SET.version,
  rules: RULE_SET.rules,
  concepts: CONCEPTS,
  scoring: SCORING,
  likeness,
  swaps: SWAPS,
}

/** A pack as RFC 8785 JSON: what is stored, and what its digest is made over. */
export function packText(pack: RulePack): string {
  const text = canonicalize(pack)
  if (text === undefined) throw new Error('a pack has no canonical form')
  return text
}

/** SHA-256 in hex over the text of a pack; for the pack of this build the digest of `RULE_SET`. */
export const packDigest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')
