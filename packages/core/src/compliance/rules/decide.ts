import type { Finding, Outcome, Severity } from '@pramaan/shared'
import { readText } from './compiled.ts'
import { obligationsOf } from './obligations.ts'
import type { Reading } from './pattern.ts'
import { RULE_SET, SCORING } from './rule-set.ts'
import type { Decision, Rule, Subject } from './types.ts'

const RANK: Readonly<Record<Severity, number>> = { block: 0, high: 1, medium: 2, low: 3 }

const RULES = new Map(RULE_SET.rules.map((rule) => [rule.id, rule]))

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Severest first, then in the order of the text; a total order, so that equal findings give equal bytes. */
const compare = (a: Finding, b: Finding): number =>
  RANK[a.severity] - RANK[b.severity] ||
  (a.span?.start ?? -1) - (b.span?.start ?? -1) ||
  (a.span?.end ?? -1) - (b.span?.end ?? -1) ||
  compareText(a.ruleId, b.ruleId) ||
  compareText(a.family, b.family) ||
  a.stage - b.stage ||
  compareText(a.message, b.message) ||
  compareText(a.quote, b.quote) ||
  compareText(a.clause, b.clause)

/**
 * The risk score, 0 to 100, higher is more dangerous (`scoring.md`, "Points"). All sums are integers in tenths of a
 * point; the multipliers are integers in tenths as well, so the product is divided once, at the end, half up.
 */
const scoreOf = (subject: Subject, findings: readonly Finding[]): number => {
  if (findings.length === 0) return 0
  if (findings.some((finding) => finding.severity === 'block')) return 100
  const seen = new Set<string>()
  let sum = 0
  let low = 0
  for (const finding of findings) {
    const repeated = seen.has(finding.family)
    seen.add(finding.family)
    const points = repeated ? SCORING.repeated[finding.severity] : SCORING.points[finding.severity]
    if (finding.severity === 'low') low += points
    else sum += points
  }
  const tenths = sum + Math.min(low, SCORING.lowCap)
  const risky = findings.some((finding) => SCORING.riskyFamilies.includes(finding.family))
  const weighted = tenths * SCORING.audience[subject.audience] * (risky ? SCORING.riskyProduct : 10)
  const capped = Math.min(weighted, SCORING.ceiling * 100)
  return Math.max(1, Math.floor((capped + 500) / 1000))
}

const returnsToAuthor = (finding: Finding, rule: Rule | undefined): boolean =>
  finding.severity === 'block' || (finding.severity === 'high' && rule?.refuses === true)

/** As `decide`, over a text that was read already. */
export const decideReading = (reading: Reading, subject: Subject, findings: readonly Finding[]): Decision => {
  const sorted = [...findings].sort(compare)
  const score = scoreOf(subject, sorted)
  const { obligations, needPerson } = obligationsOf(reading, subject, sorted.length > 0)
  const refused = sorted.some((finding) => returnsToAuthor(finding, RULES.get(finding.ruleId)))
  const outcome: Outcome = refused ? 'changes_required' : score > 0 || needPerson ? 'review' : 'clean'
  return { outcome, score, findings: sorted, obligations }
}

/**
 * Stage 3: score, obligations and outcome. Pure: the same subject and findings give the same bytes. A finding that
 * the rule set does not know counts by its severity alone, so an outside concern can add a reviewer and never remove
 * one.
 */
export const decide = (subject: Subject, findings: readonly Finding[]): Decision =>
  decideReading(readText(subject.text), subject, findings)
