import type { Finding, Fix } from '@pramaan/shared'
import { readText } from './compiled.ts'
import { findInReading } from './find.ts'
import type { Reading } from './pattern.ts'
import { renderText } from './render.ts'
import { findInRenderedReading } from './rendered.ts'
import { SWAPS } from './rule-set.ts'
import { passageAround, scriptOf } from './sentences.ts'
import type { Decision, Subject } from './types.ts'

export type Edit = Fix['edits'][number]

/** Characters that are read again for the fixes of one text, at most: long texts get fewer, so the cost is bounded. */
const BUDGET = 16_000
const MIN_TRIALS = 2
const MAX_TRIALS = 24

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

/** What all three stages find. */
const findEverything = (subject: Subject): Finding[] => {
  const reading = readText(subject.text)
  const own = ([1, 2] as const).flatMap((stage) => findInReading(reading, subject, stage))
  return [...own, ...findInRenderedReading(reading, subject, renderText(subject.text, subject.channel, NOBODY), own)]
}

const keyOf = ({ ruleId, family, severity, quote }: Finding): string =>
  JSON.stringify([ruleId, family, severity, quote])

const countKeys = (findings: readonly Finding[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1)
  return counts
}

/** Strictly less and nothing new: every finding that is left was there before, with the same words, and `gone` is not. */
export const isLess = (before: readonly Finding[], after: readonly Finding[], gone: readonly Finding[]): boolean => {
  const had = countKeys(before)
  const has = countKeys(after)
  for (const [key, count] of has) if (count > (had.get(key) ?? 0)) return false
  return after.length < before.length && gone.every((one) => (has.get(keyOf(one)) ?? 0) < (had.get(keyOf(one)) ?? 0))
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

/** Tries patches on one text. Each different patched text is read once, and not more of them than the budget allows. */
const trialsOn = (subject: Subject, before: readonly Finding[]) => {
  let left = Math.max(MIN_TRIALS, Math.min(MAX_TRIALS, Math.floor(BUDGET / Math.max(subject.text.length, 1))))
  const known = new Map<string, readonly Finding[]>()
  return (edits: readonly Edit[], gone: readonly Finding[]): boolean => {
    const text = applyEdits(subject.text, edits)
    let after = known.get(text)
    if (after === undefined) {
      if (left-- <= 0 || (text.match(/[\p{L}\p{N}]{2,}/gu) ?? []).length < MIN_WORDS) return false
      after = findEverything({ ...subject, text })
      known.set(text, after)
    }
    return isLess(before, after, gone)
  }
}

/**
 * A decision with a fix at each finding that has one: a patch of the submitted text on which the engine finds strictly
 * less and nothing new. Each holds alone, and all of them hold together. Only a text that goes back to its author gets
 * any, so that others cost nothing. Pure; the cost is bounded by `BUDGET`.
 */
export const withFixes = <T extends Pick<Decision, 'outcome' | 'findings'>>(subject: Subject, decision: T): T =>
  decision.outcome === 'changes_required' ? { ...decision, findings: mend(subject, decision.findings) } : decision

const mend = (subject: Subject, findings: readonly Finding[]): Finding[] => {
  const reading = readText(subject.text)
  const holds = trialsOn(subject, findings)
  let all: readonly Edit[] = []
  let mended: readonly Finding[] = []
  return findings.map((finding) => {
    for (const edits of candidatesFor(reading, subject, finding)) {
      if (!agree(all, edits)) continue
      if (!holds(edits, [finding])) continue
      const together = joined(all, edits)
      if (!holds(together, [...mended, finding])) continue
      all = together
      mended = [...mended, finding]
      return { ...finding, fix: { edits } }
    }
    return finding
  })
}
