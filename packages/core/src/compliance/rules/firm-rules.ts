import { createHash } from 'node:crypto'
import type { Finding, FirmRule } from '@pramaan/shared'
import canonicalize from 'canonicalize'
import { compilePack, type Engine, readText } from './compiled.ts'
import { decideReading } from './decide.ts'
import { findInReading } from './find.ts'
import { CONCEPTS, RULE_SET } from './rule-set.ts'
import type { Decision, Rule, Subject } from './types.ts'

/** The pack together with the rules that a firm adds. */
export interface ComposedRules {
  readonly ruleSet: { readonly version: string; readonly digest: string }
  /** What the firm's rules alone find in the text. */
  readonly find: (subject: Subject) => Finding[]
  /** As `decide`, with what the firm's rules find in the text. */
  readonly decide: (subject: Subject, findings: readonly Finding[]) => Decision
}

const toRule = (rule: FirmRule): Rule => ({
  id: rule.id,
  title: rule.id,
  family: 'firm',
  licences: rule.licences ?? ['IA', 'RA', 'MFD', 'INS'],
  products: ['any'],
  severity: rule.severity,
  kind: 'prohibited',
  status: 'active',
  stage: 1,
  effectiveFrom: rule.effectiveFrom,
  effectiveTo: rule.effectiveTo,
  instrument: 'Rules of the firm',
  clause: rule.source,
  confidence: 'high',
  url: '',
  description: rule.message,
  message: rule.message,
  messageHi: rule.messageHi ?? rule.message,
  advice: rule.advice,
  refuses: false,
  patterns: { firm: rule.wordings },
  doubtful: {},
  except: [],
  detectors: [],
  quietIn: [],
  examples: { mode: 'phrase', fire: { firm: rule.wordings }, quiet: [] },
})

const OUTCOMES = ['clean', 'review', 'changes_required'] as const

const sha256 = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '', 'utf8')
    .digest('hex')

/** SHA-256 in hex over the RFC 8785 form of a firm's rules. */
export const firmRulesDigest = (rules: readonly FirmRule[]): string => sha256(rules)

/** The digest of a pack together with a firm's rules, each known by its own; that of the pack where there are none. */
export const composedDigest = (pack: string, firm: string | null): string =>
  firm === null ? pack : sha256({ firm, pack })

/** The graver of two decisions in each of its parts. */
const graver = (pack: Decision, composed: Decision): Decision => ({
  ...composed,
  outcome: OUTCOMES[Math.max(OUTCOMES.indexOf(pack.outcome), OUTCOMES.indexOf(composed.outcome))] ?? 'changes_required',
  score: Math.max(pack.score, composed.score),
  obligations: pack.obligations,
})

/**
 * The pack with a firm's own rules, which were parsed by `FirmRules`. They are matched by an engine of their own, so that
 * no word of theirs changes how the pack reads a text: the composed decision is the pack's, or graver. Compiling takes a
 * moment; keep the answer. Pure.
 */
export const compose = (rules: readonly FirmRule[]): ComposedRules => {
  const firm: Engine = compilePack(rules.map(toRule), CONCEPTS)
  const digest = composedDigest(RULE_SET.digest, firmRulesDigest(rules))
  const find = (subject: Subject) => findInReading(readText(subject.text, firm), subject, 1, firm)
  return {
    ruleSet: { version: `${RULE_SET.version}+firm`, digest },
    find,
    decide: (subject, findings) => {
      const reading = readText(subject.text)
      const pack = decideReading(reading, subject, findings)
      const own = find(subject)
      return own.length === 0 ? pack : graver(pack, decideReading(reading, subject, [...findings, ...own]))
    },
  }
}
