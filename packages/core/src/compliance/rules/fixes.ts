import type { Finding } from '@pramaan/shared'
import { readText } from './compiled.ts'
import { findInReading } from './find.ts'
import { type Edit, readPatched } from './patched.ts'
import type { Reading } from './pattern.ts'
import { renderText } from './render.ts'
import { findInRenderedReading } from './rendered.ts'
import { SWAPS } from './rule-set.ts'
import { passageAround, scriptOf } from './sentences.ts'
import type { Decision, Subject } from './types.ts'

/** Characters that are judged again for the fixes of one text, at most: long texts get fewer, so the cost is bounded. */
const BUDGET = 10_000
const MIN_TRIALS = 4
const MAX_TRIALS = 40

/** Trials that are left for all fixes together. */
const FOR_ALL = 2

/** Words that have to be left of a text. */
const MIN_WORDS = 3

/** The publisher is not judged, only the text as the channel shows it. */
const NOBODY = { displayName: 'Nobody', licences: [] }

/** Two patches can stand together: no place of the text is changed in two ways. */
const agree = (a: readonly Edit[], b: readonly Edit[]): boolean =>
  a.every((one) => b.every((other) => sameEdit(one, other) || one.end <= other.start || other.end <= one.start))

const sameEdit = (a: Edit, b: Edit): boolean => a.start === b.start && a.end === b.end && a.text === b.text

/** All edits of both, each once. */
const joined = (a: readonly Edit[], b: readonly Edit[]): Edit[] =>
  [...a, ...b].filter((edit, index, all) => all.findIndex((other) => sameEdit(edit, other)) === index)

/** The text with the edits made. They count in UTF-16 code units of `text` and do not overlap; equal ones are one. */
export const applyEdits = (text: string, edits: readonly Edit[]): string => {
  const sorted = joined([], edits).sort((a, b) => a.start - b.start || a.end - b.end)
  let result = ''
  let from = 0
  for (const edit of sorted) {
    result += text.slice(from, edit.start) + edit.text
    from = edit.end
  }
  return result + text.slice(from)
}

/** What a firm's own rules find besides the pack. */
export type FindMore = (subject: Subject) => Finding[]

/** What all three stages find, and what is found besides, one part after the other. */
function* findInParts(reading: Reading, subject: Subject, findMore: FindMore): Generator<readonly Finding[]> {
  const hard = findInReading(reading, subject, 1)
  yield hard
  const context = findInReading(reading, subject, 2)
  yield context
  const rendered = renderText(subject.text, subject.channel, NOBODY)
  yield findInRenderedReading(reading, subject, rendered, [...hard, ...context])
  yield findMore(subject)
}

const keyOf = ({ ruleId, family, severity, quote }: Finding): string =>
  JSON.stringify([ruleId, family, severity, quote])

const countKeys = (findings: readonly Finding[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1)
  return counts
}

type Counts = ReadonlyMap<string, number>

/** True when one of them was not there before, or less often. */
const isNew = (had: Counts, has: Counts): boolean => [...has].some(([key, count]) => count > (had.get(key) ?? 0))

/** True when each of `gone` is found less often. */
const isGone = (had: Counts, has: Counts, gone: readonly Finding[]): boolean =>
  gone.every((one) => (has.get(keyOf(one)) ?? 0) < (had.get(keyOf(one)) ?? 0))

/** Strictly less and nothing new: every finding that is left was there before, with the same words, and `gone` is not. */
export const isLess = (before: readonly Finding[], after: readonly Finding[], gone: readonly Finding[]): boolean => {
  const had = countKeys(before)
  const has = countKeys(after)
  return !isNew(had, has) && isGone(had, has, gone)
}

/** Ways to mend a finding, the gentlest first. */
const candidatesFor = (reading: Reading, subject: Subject, finding: Finding): Edit[][] => {
  if (finding.span === null) return []
  const { start, end } = finding.span
  const hidden = reading.hidden.filter((one) => one.start >= start - 1 && one.end <= end + 1)
  const swap = SWAPS[finding.ruleId] ?? SWAPS[finding.family]
  const bound = swap?.licences?.some((licence) => subject.licences.some((own) => own === licence)) ?? true
  const passage = passageAround(reading, start, end)
  const language = scriptOf(reading.text.slice(passage.start, passage.end), subject.language)
  const words = bound ? swap?.words?.[language] : undefined
  const sentence = bound ? swap?.sentence?.[language] : undefined
  return [
    ...(hidden.length > 0 ? [hidden.map((one) => ({ start: one.start, end: one.end, text: '' }))] : []),
    ...(words === undefined ? [] : [[{ start, end, text: words }]]),
    ...(sentence === undefined ? [] : [[{ start: passage.start, end: passage.end, text: sentence }]]),
    [{ start: passage.start, end: passage.next, text: '' }],
  ]
}

/** How often what is left to find in a text is found, or null as soon as something new shows. */
const countWhatIsLeft = (reading: Reading, subject: Subject, findMore: FindMore, had: Counts): Counts | null => {
  const left: Finding[] = []
  let has: Counts = new Map()
  for (const part of findInParts(reading, { ...subject, text: reading.text }, findMore)) {
    left.push(...part)
    has = countKeys(left)
    if (isNew(had, has)) return null
  }
  return has
}

/**
 * Tries patches on one text, as long as more than `kept` trials are left. Each different patched text is judged once, and not
 * more of them than the budget allows.
 */
const trialsOn = (own: Reading, subject: Subject, before: readonly Finding[], findMore: FindMore) => {
  let left = Math.max(MIN_TRIALS, Math.min(MAX_TRIALS, Math.floor(BUDGET / Math.max(subject.text.length, 1))))
  const had = countKeys(before)
  const known = new Map<string, Counts | null>()
  return (edits: readonly Edit[], gone: readonly Finding[], kept = 0): boolean => {
    const text = applyEdits(subject.text, edits)
    let has = known.get(text)
    if (has === undefined) {
      if (left <= kept || (text.match(/[\p{L}\p{N}]{2,}/gu) ?? []).length < MIN_WORDS) return false
      left--
      has = countWhatIsLeft(readPatched(own, edits, text) ?? readText(text), subject, findMore, had)
      known.set(text, has)
    }
    return has !== null && isGone(had, has, gone)
  }
}

/**
 * A decision with a fix at each finding that has one: a patch of the submitted text on which the engine finds strictly
 * less and nothing new. Each holds alone, and all of them hold together. Only a text that goes back to its author gets
 * any, so that others cost nothing. `findMore` are the rules of a firm, where it has any; `reading` is that of the text, where
 * it is known. Pure; the cost is bounded by `BUDGET`.
 */
export const withFixes = <T extends Pick<Decision, 'outcome' | 'findings'>>(
  subject: Subject,
  decision: T,
  findMore: FindMore = () => [],
  reading?: Reading,
): T =>
  decision.outcome === 'changes_required'
    ? { ...decision, findings: mend(reading ?? readText(subject.text), subject, decision.findings, findMore) }
    : decision

const mend = (reading: Reading, subject: Subject, findings: readonly Finding[], findMore: FindMore): Finding[] => {
  const holds = trialsOn(reading, subject, findings, findMore)
  let all: readonly Edit[] = []
  const mended = findings.map((finding): Finding => {
    const edits = candidatesFor(reading, subject, finding).find(
      (one) => agree(all, one) && holds(one, [finding], FOR_ALL),
    )
    if (edits === undefined) return finding
    all = joined(all, edits)
    return { ...finding, fix: { edits: [...edits] } }
  })
  return standTogether(mended, holds)
}

/** The findings with those of their fixes that hold when all are made: all of them, or as many as go one by one. */
const standTogether = (findings: Finding[], holds: ReturnType<typeof trialsOn>): Finding[] => {
  const fixed = findings.filter(({ fix }) => fix !== undefined)
  const together = (some: readonly Finding[]) =>
    holds(
      some.reduce<readonly Edit[]>((all, { fix }) => joined(all, fix?.edits ?? []), []),
      some,
    )
  if (fixed.length < 2 || together(fixed)) return findings
  const kept = fixed.slice(0, 1)
  for (const one of fixed.slice(1)) if (together([...kept, one])) kept.push(one)
  return findings.map(({ fix, ...finding }) => (kept.some((one) => one.fix === fix) ? { ...finding, fix } : finding))
}
