import type { LicenceType } from '@pramaan/shared'
import { type CompiledRule, ENGINE, readText } from './compiled.ts'
import { fires } from './find.ts'
import written from './pack/wordings.json' with { type: 'json' }
import type { Pattern, Reading } from './pattern.ts'
import type { Rule, Subject } from './types.ts'

/**
 * What a rule says of its own examples, and how many ways of weakening it these would notice. The examples of the pack
 * are the hints and traps of the facts; `wordings.json` holds one more for patterns that no hint needs.
 */
export interface RuleTest {
  readonly ruleId: string
  readonly examples: number
  /** Examples that the rule gets wrong. */
  readonly failed: readonly string[]
  readonly mutants: number
  /** Weakened parts that every example survives. */
  readonly survivors: readonly string[]
}

interface Wordings {
  readonly fire?: readonly string[]
  readonly quiet?: readonly string[]
}

const WORDINGS: Readonly<Record<string, Wordings | undefined>> = written

/** A note in round brackets at the end of a trap is a comment (`scoring.md`, "Reading rules.json"). */
const withoutNote = (trap: string): string => trap.replace(/\s*\([^()]*\)\s*$/, '')

/** A day in the middle of the facts; a rule that is not in force then is tested on its own nearest day. */
const USUAL_DAY = '2026-11-22'

/** A day on which the rule is in force. */
export const dayIn = (rule: Rule): string => {
  if (rule.effectiveTo !== null && rule.effectiveTo < USUAL_DAY) return rule.effectiveTo
  return rule.effectiveFrom !== null && rule.effectiveFrom > USUAL_DAY ? rule.effectiveFrom : USUAL_DAY
}

const licencesOf = (rule: Rule): LicenceType[] => rule.licences.filter((licence) => licence !== 'EDUCATOR')

const subjectsFor = (rule: Rule, text: string): Subject[] =>
  licencesOf(rule).map((licence) => ({
    text,
    licences: [licence],
    channel: 'whatsapp',
    audience: 'public',
    language: null,
    publicationDate: dayIn(rule),
  }))

/** True when the rule finds something in the text for one of its licences. */
export const firesOn = (compiled: CompiledRule, reading: Reading): boolean =>
  subjectsFor(compiled.rule, reading.text).some((subject) => fires(reading, subject, compiled))

export interface Example {
  readonly reading: Reading
  readonly wanted: boolean
}

/** The texts that a rule must and must not find. Ideas are states and no wording; their texts are not examples. */
export const examplesOf = (rule: Rule, wordings: Wordings | undefined = WORDINGS[rule.id]): Example[] => {
  const own = rule.examples.mode === 'phrase'
  const { fire: hints, quiet: traps, plain } = rule.examples
  const fire = [...(own ? Object.values(hints).flat() : []), ...(plain?.fire ?? []), ...(wordings?.fire ?? [])]
  const quiet = [...(own ? traps.map(withoutNote) : []), ...(plain?.quiet ?? []), ...(wordings?.quiet ?? [])]
  return [
    ...fire.map((text) => ({ reading: readText(text), wanted: true })),
    ...quiet.map((text) => ({ reading: readText(text), wanted: false })),
  ]
}

export interface Mutant {
  readonly name: string
  readonly compiled: CompiledRule
}

const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index)

const nameOf = (pattern: Pattern): string => pattern.source

/** The rule with one pattern, exception, detector or silencing context taken away, each in turn. */
export const mutantsOf = (compiled: CompiledRule): Mutant[] => {
  const { rule, patterns, except } = compiled
  return [
    ...patterns.map(({ pattern }, at) => ({
      name: `pattern ${nameOf(pattern)}`,
      compiled: { ...compiled, patterns: without(patterns, at) },
    })),
    ...except.map((pattern, at) => ({
      name: `exception ${nameOf(pattern)}`,
      compiled: { ...compiled, except: without(except, at) },
    })),
    ...rule.detectors.map(({ name }, at) => ({
      name: `detector ${name}`,
      compiled: { ...compiled, rule: { ...rule, detectors: without(rule.detectors, at) } },
    })),
    ...rule.quietIn.map((context, at) => ({
      name: `context ${context}`,
      compiled: { ...compiled, rule: { ...rule, quietIn: without(rule.quietIn, at) } },
    })),
  ]
}

const wrong = (compiled: CompiledRule, { reading, wanted }: Example): boolean => firesOn(compiled, reading) !== wanted

/** Tests one rule against its examples, whole and weakened. Pure. */
const testRule = (compiled: CompiledRule): RuleTest => {
  const examples = examplesOf(compiled.rule)
  const mutants = mutantsOf(compiled)
  const survivors = mutants.filter((mutant) => !examples.some((example) => wrong(mutant.compiled, example)))
  return {
    ruleId: compiled.rule.id,
    examples: examples.length,
    failed: examples.filter((example) => wrong(compiled, example)).map(({ reading }) => reading.text),
    mutants: mutants.length,
    survivors: survivors.map(({ name }) => name),
  }
}

/** Tests every active rule that looks at wording. */
export const testRules = (): RuleTest[] =>
  ENGINE.rules
    .filter(({ rule, patterns }) => rule.status === 'active' && patterns.length + rule.detectors.length > 0)
    .map(testRule)
