import { describe, expect, it } from 'vitest'
import { ENGINE } from './compiled.ts'
import { CONDITIONS } from './detectors/conditions.ts'
import { DETECTORS } from './detectors/index.ts'
import { judge, rulesOf } from './fixtures/judge.ts'
import delivered from './fixtures/rule-ids.json' with { type: 'json' }
import { digestOf, RULE_SET } from './index.ts'
import { LIKENESS } from './likeness.ts'
import { CONCEPTS, SCORING, SWAPS } from './rule-set.ts'
import { dayIn, examplesOf, firesOn } from './self-test.ts'

const pack = {
  version: RULE_SET.version,
  rules: RULE_SET.rules,
  concepts: CONCEPTS,
  scoring: SCORING,
  likeness: LIKENESS,
  swaps: SWAPS,
}

const rulesWithWording = ENGINE.rules.filter(
  ({ rule, patterns }) => rule.status === 'active' && patterns.length + rule.detectors.length > 0,
)

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

  it('holds every rule that was delivered', () => {
    const held = new Set(RULE_SET.rules.map(({ id }) => id))
    expect(delivered.filter((id) => !held.has(id))).toEqual([])
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
    const pending = ENGINE.rules.filter(({ rule }) => rule.status === 'pending')
    expect(pending.length).toBeGreaterThan(0)
    const text = 'guaranteed returns, best adviser, act now; film star Kiara invests with us'
    for (const { rule } of pending)
      for (const licence of ['IA', 'RA', 'MFD', 'INS'] as const)
        expect(rulesOf(judge(text, { licences: [licence], publicationDate: dayIn(rule) }))).not.toContain(rule.id)
  })
})

describe.each(rulesWithWording.map((compiled) => [compiled.rule.id, compiled] as const))('%s', (_id, compiled) => {
  const examples = examplesOf(compiled.rule)

  it('has examples that must fire and examples that must not', () => {
    expect(new Set(examples.map(({ wanted }) => wanted))).toEqual(new Set([true, false]))
  })

  it('fires on each of the first, in every language, and stays silent on each of the others', () => {
    const wrong = examples.filter(({ reading, wanted }) => firesOn(compiled, reading) !== wanted)
    expect(wrong.map(({ reading }) => reading.text)).toEqual([])
  })
})
