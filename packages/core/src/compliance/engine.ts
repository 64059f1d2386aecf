import type { FirmRule } from '@pramaan/shared'
import { LRUCache } from 'lru-cache'
import { firmRulesDigest, type Judging, judgingWith, RULE_SET } from './rules/index.ts'

type Later<Stage> = Stage extends (...args: infer Args) => infer Value
  ? (...args: Args) => Value | Promise<Value>
  : Stage

/**
 * What the stages need of the rules: those of the pack in force, with those of the firm. A pack that is not the build's
 * judges in a thread, hence the promises. A test passes one that fails or has other rules.
 */
export type Engine = { readonly [Part in keyof Judging]: Later<Judging[Part]> } & {
  /** The digest of the pack, and the version of the firm's rules: together they make the digest of the rule set. */
  readonly pack: string
  readonly firmRulesVersion: number | null
}

/** The pack of this build and nothing else. */
export const ENGINE: Engine & Judging = { ...judgingWith(null), pack: RULE_SET.digest, firmRulesVersion: null }

/** Firms whose compiled rules are kept: each has a lexicon of its own, of some megabytes. */
const KEPT = 20

const compiled = new LRUCache<string, Judging>({ max: KEPT })

/** The stages over the pack of this build and the rules of a firm; compiled once while they are in use. */
export function judgingFor(firm: readonly FirmRule[] | null): Judging {
  if (firm === null) return ENGINE
  const digest = firmRulesDigest(firm)
  const known = compiled.get(digest)
  if (known) return known
  const judging = judgingWith(firm)
  compiled.set(digest, judging)
  return judging
}
