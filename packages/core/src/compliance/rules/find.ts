import type { Finding, Severity } from '@pramaan/shared'
import { type CompiledRule, ENGINE, type Engine, readText } from './compiled.ts'
import { DETECTORS } from './detectors/index.ts'
import { bindsLicence, citationOn, isInForce } from './in-force.ts'
import { matchPattern, type Reading } from './pattern.ts'
import { isDefinition, isNegated, isWarned } from './polarity.ts'
import type { DetectorUse, Grade, Hit, Rule, Subject } from './types.ts'

/** Findings of one rule at most: a text that repeats itself has to be rewritten anyway. */
const MAX_FINDINGS = 5

/** Matches that are looked at before the context tests, at most, so that hostile repetition stays cheap. */
const MAX_MATCHES = 60

/** Rules of these ids may block on a source of medium confidence (`scoring.md`, "Confidence of sources"). */
const MEDIUM_MAY_BLOCK = /^(LIC-|CLM-LOSS-RECOVERY$|ASSOC-UNREG-SCHEME$|DATA-)/

interface Graded {
  readonly hit: Hit
  readonly severity: Severity
}

const overlaps = (a: Hit, b: Hit) => a.first <= b.last && b.first <= a.last

/** The severity of a hit: doubtful wording and sources of low confidence are for a person, they never block. */
const severityOf = (rule: Rule, grade: Grade, subject: Subject, raised?: Severity): Severity => {
  const severity = raised ?? rule.severity
  const bound = subject.licences.filter((licence) => rule.licences.includes(licence))
  const doubtful =
    grade === 'doubtful' || (bound.length > 0 && bound.every((licence) => rule.doubtfulFor?.includes(licence)))
  if (doubtful || rule.confidence === 'low') return severity === 'low' ? 'low' : 'medium'
  if (rule.confidence === 'medium' && severity === 'block' && !MEDIUM_MAY_BLOCK.test(rule.id)) return 'high'
  return severity
}

/** The text states a condition under which the rule allows it. */
const isSoftened = (reading: Reading, rule: Rule, subject: Subject): boolean => {
  const has = (concept: string) => reading.marks.present[reading.lexicon.idOf(concept)] === 1
  return (rule.softenedBy ?? []).some(
    (softening) =>
      (softening.audiences === undefined || softening.audiences.includes(subject.audience)) &&
      softening.with.every(has) &&
      !(softening.without ?? []).some(has),
  )
}

/** Exceptions of a rule that are looked at in one text, at most. */
const MAX_EXCEPTIONS = 400

const exceptionsOf = (reading: Reading, compiled: CompiledRule): Hit[] =>
  compiled.except.flatMap((pattern) => matchPattern(reading, pattern, MAX_EXCEPTIONS))

const isQuiet = (reading: Reading, compiled: CompiledRule, exceptions: readonly Hit[], hit: Hit): boolean => {
  const { quietIn } = compiled.rule
  if (quietIn.includes('negation') && isNegated(reading, hit)) return true
  if (quietIn.includes('warning') && isWarned(reading, hit)) return true
  if (quietIn.includes('definition') && isDefinition(reading, hit)) return true
  return exceptions.some((exception) => overlaps(exception, hit))
}

const applies = (use: DetectorUse, subject: Subject): boolean =>
  (use.licences === undefined || subject.licences.some((licence) => use.licences?.includes(licence))) &&
  (use.audiences === undefined || use.audiences.includes(subject.audience))

const gradedHits = (reading: Reading, subject: Subject, compiled: CompiledRule): Graded[] => {
  const { rule } = compiled
  const graded: Graded[] = []
  const softened = isSoftened(reading, rule, subject)
  let known: Hit[] | null = null
  const exceptions = () => {
    known ??= exceptionsOf(reading, compiled)
    return known
  }
  for (const { pattern, grade } of compiled.patterns) {
    for (const hit of matchPattern(reading, pattern, MAX_MATCHES)) {
      if (!isQuiet(reading, compiled, exceptions(), hit))
        graded.push({ hit, severity: severityOf(rule, softened ? 'doubtful' : grade, subject) })
    }
  }
  for (const use of rule.detectors) {
    if (!applies(use, subject)) continue
    const detector = DETECTORS[use.name]
    if (detector === undefined) throw new Error(`Rule ${rule.id} names the detector ${use.name}, which does not exist`)
    for (const hit of detector(reading, { subject, rule, params: { ...rule.params, ...use.params } })) {
      if (use.unconditional === true || !isQuiet(reading, compiled, exceptions(), hit))
        graded.push({
          hit,
          severity: severityOf(rule, softened ? 'doubtful' : (use.grade ?? 'plain'), subject, use.severity),
        })
    }
  }
  return graded
}

/** True when the rule finds something, whatever the date and whomever it binds. */
export const fires = (reading: Reading, subject: Subject, compiled: CompiledRule): boolean =>
  gradedHits(reading, subject, compiled).length > 0

const ORDER: readonly Severity[] = ['block', 'high', 'medium', 'low']

/** Hits that overlap become the severest of them, widened to all. */
const mergeHits = (graded: readonly Graded[]): Graded[] => {
  const sorted = [...graded].sort((a, b) => a.hit.first - b.hit.first || b.hit.last - a.hit.last)
  const merged: Graded[] = []
  for (const next of sorted) {
    const last = merged[merged.length - 1]
    if (last === undefined || next.hit.first > last.hit.last) merged.push(next)
    else {
      const severity = ORDER[Math.min(ORDER.indexOf(last.severity), ORDER.indexOf(next.severity))] ?? last.severity
      merged[merged.length - 1] = { severity, hit: { ...last.hit, last: Math.max(last.hit.last, next.hit.last) } }
    }
  }
  return merged.slice(0, MAX_FINDINGS)
}

const toFinding = (reading: Reading, subject: Subject, rule: Rule, { hit, severity }: Graded): Finding => {
  const start = reading.tokens[hit.first]?.start ?? 0
  const end = reading.tokens[hit.last]?.end ?? start
  return {
    ruleId: rule.id,
    family: rule.family,
    severity,
    stage: rule.stage,
    clause: citationOn(rule, subject.publicationDate),
    inForce: { from: rule.effectiveFrom, to: rule.effectiveTo },
    message: hit.note === undefined ? rule.message : `${rule.message} (${hit.note})`,
    messageHi: hit.note === undefined ? rule.messageHi : `${rule.messageHi} (${hit.note})`,
    span: { start, end },
    quote: reading.text.slice(start, end),
    advice: rule.advice,
  }
}

/** The findings of one stage over a text that was read already. */
export const findInReading = (
  reading: Reading,
  subject: Subject,
  stage: 1 | 2 | 3,
  engine: Engine = ENGINE,
): Finding[] =>
  engine.rules
    .filter(
      ({ rule }) => rule.stage === stage && isInForce(rule, subject.publicationDate) && bindsLicence(rule, subject),
    )
    .flatMap((compiled) =>
      mergeHits(gradedHits(reading, subject, compiled)).map((graded) =>
        toFinding(reading, subject, compiled.rule, graded),
      ),
    )

/**
 * What pending rules would find if they were in force: a report that decides nothing, for those who prepare for a
 * regulation. Pure.
 */
export const findInShadow = (subject: Subject, engine: Engine = ENGINE): Finding[] => {
  const reading = readText(subject.text, engine)
  return engine.rules
    .filter(({ rule }) => rule.status === 'pending' && bindsLicence(rule, subject))
    .flatMap((compiled) =>
      mergeHits(gradedHits(reading, subject, compiled)).map((graded) =>
        toFinding(reading, subject, compiled.rule, graded),
      ),
    )
}

/** Stage 1: prohibited wording, hidden text, personal data. Pure. */
export const findHard = (subject: Subject): Finding[] => findInReading(readText(subject.text), subject, 1)

/** Stage 2: what depends on context: projections, calls, comparisons, illustrations, disguised advice. Pure. */
export const findInContext = (subject: Subject): Finding[] => findInReading(readText(subject.text), subject, 2)
