import { describe, expect, it } from 'vitest'
import { CONDITIONS } from './detectors/conditions.ts'
import { DETECTORS } from './detectors/index.ts'
import { judge, rulesOf } from './fixtures/judge.ts'
import { digestOf, RULE_SET } from './index.ts'
import { LIKENESS } from './likeness.ts'
import { CONCEPTS, SCORING, SWAPS } from './rule-set.ts'
import type { Rule } from './types.ts'

const pack = {
  version: RULE_SET.version,
  rules: RULE_SET.rules,
  concepts: CONCEPTS,
  scoring: SCORING,
  likeness: LIKENESS,
  swaps: SWAPS,
}

/** A note in round brackets at the end of a trap is a comment (`scoring.md`, "Reading rules.json"). */
const withoutNote = (trap: string) => trap.replace(/\s*\([^()]*\)\s*$/, '')

/** A day on which the rule is in force, as near to 22 Nov 2026 as it allows. */
const dayIn = (rule: Rule): string => {
  if (rule.effectiveTo !== null && rule.effectiveTo < '2026-11-22') return rule.effectiveTo
  return rule.effectiveFrom !== null && rule.effectiveFrom > '2026-11-22' ? rule.effectiveFrom : '2026-11-22'
}

const licencesOf = (rule: Rule) => rule.licences.filter((licence) => licence !== 'EDUCATOR')

const firesFor = (rule: Rule, text: string): boolean =>
  licencesOf(rule).some((licence) =>
    rulesOf(judge(text, { licences: [licence], publicationDate: dayIn(rule) })).includes(rule.id),
  )

const phraseRules = RULE_SET.rules.filter((rule) => rule.examples.mode === 'phrase')

describe('the rule pack', () => {
  it('holds every rule of the facts, each with a clause that can be looked up', () => {
    expect(RULE_SET.rules.length).toBeGreaterThanOrEqual(62)
    expect(new Set(RULE_SET.rules.map((rule) => rule.id)).size).toBe(RULE_SET.rules.length)
    for (const rule of RULE_SET.rules)
      expect([
        rule.id,
        rule.instrument !== '',
        rule.clause !== '',
        rule.message !== '',
        /[\u0900-\u097f]/.test(rule.messageHi),
        rule.advice !== '',
      ]).toEqual([rule.id, true, true, true, true, true])
  })

  it('names only detectors and conditions that exist', () => {
    for (const rule of RULE_SET.rules) {
      for (const { name } of rule.detectors) expect(DETECTORS).toHaveProperty(name)
      if (rule.obligation !== undefined) expect(CONDITIONS).toHaveProperty(rule.obligation.when)
    }
  })

  it('has dates that are calendar days in order, and pending rules that have none', () => {
    for (const rule of RULE_SET.rules) {
      if (rule.status === 'pending') expect([rule.effectiveFrom, rule.effectiveTo]).toEqual([null, null])
      else expect(rule.effectiveFrom).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      if (rule.effectiveTo !== null) expect(rule.effectiveTo >= (rule.effectiveFrom ?? '')).toBe(true)
    }
  })

  it('changes its digest when one word of one rule, concept or point changes', () => {
    const [first, ...others] = RULE_SET.rules
    if (first === undefined) throw new Error('The pack is empty')
    expect(digestOf(pack)).toBe(RULE_SET.digest)
    expect(RULE_SET.digest).toMatch(/^[0-9a-f]{64}$/)
    const changed = [
      { ...pack, rules: [{ ...first, advice: `${first.advice} ` }, ...others] },
      { ...pack, rules: [{ ...first, effectiveTo: '2030-01-01' }, ...others] },
      { ...pack, concepts: { ...CONCEPTS, guarantee: [] } },
      { ...pack, scoring: { ...SCORING, lowCap: 121 } },
      { ...pack, likeness: { ...LIKENESS, route: LIKENESS.route + 1 } },
      { ...pack, swaps: { ...SWAPS, urgency: { sentence: {} } } },
    ]
    expect(new Set([RULE_SET.digest, ...changed.map(digestOf)]).size).toBe(changed.length + 1)
  })

  it('never lets a pending rule judge', () => {
    const pending = RULE_SET.rules.filter((rule) => rule.status === 'pending')
    expect(pending.length).toBeGreaterThan(0)
    for (const rule of pending) expect(firesFor(rule, 'guaranteed returns, best adviser, act now')).toBe(false)
  })
})

describe.each(phraseRules.map((rule) => [rule.id, rule] as const))('%s', (_id, rule) => {
  it('fires on each of its hints, in every language', () => {
    const missed = Object.values(rule.examples.fire)
      .flat()
      .filter((hint) => !firesFor(rule, hint))
    expect(missed).toEqual([])
  })

  it('stays silent on each of its traps', () => {
    expect(rule.examples.quiet.map(withoutNote).filter((trap) => firesFor(rule, trap))).toEqual([])
  })
})
