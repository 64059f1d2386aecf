import { readFileSync } from 'node:fs'
import { checkText, type Subject, withFixes } from '@pramaan/core/compliance/rules'

const SAMPLES = new URL('../../packages/core/src/compliance/rules/fixtures/samples-dev.jsonl', import.meta.url)
const LENGTH = 2_000
const TEXTS = 40
const WARM_UPS = 32
const ROUNDS = 12

/** Texts of so many characters, each of other labelled messages, clean ones and others as they come. */
const textsOf = (length: number): string[] => {
  const messages = readFileSync(SAMPLES, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text)
  return Array.from({ length: TEXTS }, (_, first) => {
    let text = ''
    for (let at = first * 3; text.length < length; at++) text += `${messages[at % messages.length]}\n\n`
    return text.slice(0, length)
  })
}

const subjectOf = (text: string): Subject => ({
  text,
  licences: ['MFD'],
  channel: 'whatsapp',
  audience: 'public',
  language: null,
  publicationDate: '2026-11-22',
})

const ADVISOR = { displayName: 'Bench', licences: [{ type: 'MFD', number: 'ARN-1' }] } as const

/** What no reader of words can do without: each word cut out, lower-cased and looked up. */
const bare = (known: ReadonlyMap<string, number>, text: string): number => {
  let found = 0
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{M}\p{N}]+/gu)) found += known.get(word) ?? 0
  return found
}

/** Of times in order. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** A check of texts of which most go back, with the fixes that are tried for those. */
const measureFixes = (): string => {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const text of textsOf(LENGTH)) {
      const started = performance.now()
      withFixes(
        subjectOf(text),
        checkText(subjectOf(text), ADVISOR, () => 0),
      )
      times.push(performance.now() - started)
    }
  }
  times.sort((a, b) => a - b)
  return `  ${LENGTH} characters with fixes: p50 ${quantile(times, 0.5).toFixed(2)} ms, p95 ${quantile(times, 0.95).toFixed(2)} ms`
}

/** A check beside the bare reading of the same texts, in this process, turn by turn; one line for each length. */
export function measureCheck(): string {
  const lines = [LENGTH, 10 * LENGTH].map((length) => {
    const texts = textsOf(length)
    const known = new Map(
      texts
        .join(' ')
        .split(/\s+/)
        .map((word, at) => [word.toLowerCase(), at]),
    )
    const times = { ours: [] as number[], bare: [] as number[] }
    for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
      for (const text of texts) {
        const started = performance.now()
        checkText(subjectOf(text), ADVISOR, () => 0)
        const checked = performance.now()
        bare(known, text)
        if (round < WARM_UPS) continue
        times.ours.push(checked - started)
        times.bare.push(performance.now() - checked)
      }
    }
    const [ours, reading] = [times.ours, times.bare].map((list) => list.sort((a, b) => a - b))
    const [middle, late] = [quantile(ours ?? [], 0.5), quantile(ours ?? [], 0.95)]
    const ratio = middle / quantile(reading ?? [], 0.5)
    return `  ${length} characters: p50 ${middle.toFixed(2)} ms, p95 ${late.toFixed(2)} ms, ${ratio.toFixed(0)} times looking each word up once`
  })
  return ['One check in process:', ...lines, measureFixes()].join('\n')
}
