import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ConceptTable } from './lexicon.ts'
import association from './pack/association.json' with { type: 'json' }
import claims from './pack/claims.json' with { type: 'json' }
import disclosure from './pack/disclosure.json' with { type: 'json' }
import frames from './pack/frames.json' with { type: 'json' }
import insurance from './pack/insurance.json' with { type: 'json' }
import lexicon from './pack/lexicon.json' with { type: 'json' }
import licence from './pack/licence.json' with { type: 'json' }
import likeness from './pack/likeness.json' with { type: 'json' }
import market from './pack/market.json' with { type: 'json' }
import performance from './pack/performance.json' with { type: 'json' }
import process from './pack/process.json' with { type: 'json' }
import scoring from './pack/scoring.json' with { type: 'json' }
import swaps from './pack/swaps.json' with { type: 'json' }
import wordFamilies from './pack/word-families.json' with { type: 'json' }
import type { Frame, Rule, RuleSet, Swap } from './types.ts'

/** Version of the data, raised by hand whenever the meaning of a rule changes. */
const PACK_VERSION = '2026.11.25.5'

/** Points and multipliers of `scoring.md`, in tenths, so that every sum is an integer. */
export interface Scoring {
  readonly points: Readonly<Record<'block' | 'high' | 'medium' | 'low', number>>
  readonly repeated: Readonly<Record<'block' | 'high' | 'medium' | 'low', number>>
  readonly lowCap: number
  readonly audience: Readonly<Record<'client' | 'clients' | 'public', number>>
  readonly riskyProduct: number
  readonly riskyFamilies: readonly string[]
  readonly ceiling: number
}

/** The lexicon with the word families: a concept that stands in both holds the words of both. */
const joinConcepts = (first: ConceptTable, second: ConceptTable): ConceptTable =>
  Object.fromEntries(
    [...new Set([...Object.keys(first), ...Object.keys(second)])].map((name) => [
      name,
      [...new Set([...(first[name] ?? []), ...(second[name] ?? [])])],
    ]),
  )

export const CONCEPTS = joinConcepts(lexicon, wordFamilies)
export const SCORING = scoring as Scoring
export const SWAPS: Readonly<Record<string, Swap | undefined>> = swaps as Readonly<Record<string, Swap>>

/** SHA-256 in hex over the RFC 8785 form of everything that a verdict rests on besides the code. */
export const digestOf = (pack: {
  version: string
  rules: readonly Rule[]
  concepts: ConceptTable
  scoring: Scoring
  likeness: unknown
  swaps: unknown
}): string =>
  createHash('sha256')
    .update(canonicalize(pack) ?? '', 'utf8')
    .digest('hex')

/** A rule with the frames that name it; a frame states a pattern once for the rules that share it. */
const withFrames = (rule: Rule, all: readonly Frame[]): Rule => {
  const own = all.filter((frame) => frame.rules.includes(rule.id))
  const collect = (part: 'patterns' | 'doubtful' | 'except') => own.flatMap((frame) => frame[part] ?? [])
  if (own.length === 0) return rule
  return {
    ...rule,
    patterns: { ...rule.patterns, frames: collect('patterns') },
    doubtful: { ...rule.doubtful, frames: collect('doubtful') },
    except: [...rule.except, ...collect('except')],
    detectors: [...rule.detectors, ...own.flatMap((frame) => frame.detectors ?? [])],
  }
}

const rules = (
  [
    ...claims,
    ...performance,
    ...disclosure,
    ...licence,
    ...association,
    ...market,
    ...insurance,
    ...process,
  ] as unknown as readonly Rule[]
).map((rule) => withFrames(rule, frames as readonly Frame[]))

/** The rules that this build judges by. */
export const RULE_SET: RuleSet = {
  version: PACK_VERSION,
  digest: digestOf({ version: PACK_VERSION, rules, concepts: CONCEPTS, scoring: SCORING, likeness, swaps }),
  rules,
}
