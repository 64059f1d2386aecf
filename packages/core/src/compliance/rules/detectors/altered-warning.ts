import type { Reading } from '../pattern.ts'
import { RULE_SET } from '../rule-set.ts'
import type { Hit } from '../types.ts'
import type { Detector } from './detector.ts'
import { rangeHit } from './reading.ts'

/** The share of the words of a standard warning that makes a passage an attempt at it. */
const ATTEMPT_TENTHS = 7
const MAX_ANCHORS = 20

const words = (text: string) => text.toLowerCase().match(/[a-z]+/g) ?? []

const STANDARDS = ['DISC-W1-WARNING', 'DISC-W4-MF-WARNING'].map((ruleId) => ({
  ruleId,
  words: words(RULE_SET.rules.find((rule) => rule.id === ruleId)?.requiredText?.en ?? ''),
}))

interface Alignment {
  readonly matched: readonly number[]
  readonly missing: readonly string[]
}

/** Longest common subsequence of a passage (token positions `from` to `to`) and a standard text. */
const align = (reading: Reading, from: number, to: number, standard: readonly string[]): Alignment => {
  const forms = reading.tokens.slice(from, to + 1).map((token) => token.form)
  const table = Array.from({ length: forms.length + 1 }, () => new Array<number>(standard.length + 1).fill(0))
  const at = (i: number, j: number) => table[i]?.[j] ?? 0
  for (let i = forms.length - 1; i >= 0; i--) {
    for (let j = standard.length - 1; j >= 0; j--) {
      const row = table[i]
      if (row !== undefined)
        row[j] = forms[i] === standard[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const matched: number[] = []
  const missing: string[] = []
  let i = 0
  let j = 0
  while (j < standard.length) {
    if (i < forms.length && forms[i] === standard[j]) {
      matched.push(from + i++)
      j++
    } else if (i < forms.length && at(i + 1, j) >= at(i, j + 1)) i++
    else missing.push(standard[j++] ?? '')
  }
  return { matched, missing }
}

const judge = (reading: Reading, anchor: number): { ruleId: string; hit: Hit } | null => {
  const from = Math.max(0, anchor - 7)
  const to = Math.min(reading.tokens.length - 1, anchor + 15)
  const attempts = STANDARDS.map((standard) => ({ ...standard, ...align(reading, from, to, standard.words) }))
  attempts.sort((a, b) => b.matched.length * a.words.length - a.matched.length * b.words.length)
  const best = attempts[0]
  if (best === undefined || best.matched.length * 10 < best.words.length * ATTEMPT_TENTHS) return null
  const leading = best.words.findIndex((word) => !best.missing.includes(word))
  const first = Math.max(from, (best.matched[0] ?? anchor) - Math.max(leading, 0))
  const last = best.matched[best.matched.length - 1] ?? anchor
  const added = reading.tokens
    .slice(first, last + 1)
    .filter((_, offset) => !best.matched.includes(first + offset))
    .map((token) => token.form)
  if (best.missing.length === 0 && added.length === 0) return null
  const parts = [
    added.length > 0 ? `not in the text: ${added.join(', ')}` : '',
    best.missing.length > 0 ? `missing: ${best.missing.join(', ')}` : '',
  ]
  return { ruleId: best.ruleId, hit: rangeHit(first, last, parts.filter((part) => part !== '').join('; ')) }
}

/** A standard warning with a word changed, added or left out; names the words. */
export const alteredWarning: Detector = (reading, { rule }) => {
  const anchors = reading.tokens
    .flatMap((token, index) => (token.form.startsWith('subject') ? [index] : []))
    .slice(0, MAX_ANCHORS)
  return anchors.flatMap((anchor) => {
    const found = judge(reading, anchor)
    return found !== null && found.ruleId === rule.id ? [found.hit] : []
  })
}
