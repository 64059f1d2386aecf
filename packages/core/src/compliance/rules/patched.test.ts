import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readSamples, SAMPLE_FILES } from '../../../testing/rules/read-samples.ts'
import { readText } from './compiled.ts'
import { applyEdits } from './fixes.ts'
import { type Edit, readPatched } from './patched.ts'

const TEXTS = SAMPLE_FILES.flatMap(readSamples).map(({ text }) => text)

/** What changes how the words beside it are read, and what does not. */
const PIECES = [
  ...['', ' ', '\n', '\n\n', '.', '?', '"', '”', '’', '-', ',', '5', '15%', 'lakh', 'no', 'a', 'g u a r', 'g.u.a'],
  ...['\u200b', '\u202e', '\u202c', '\u0301', '\u200d', '\u{e0041}', 'ра', 'पै', 'सा', 'नहीं', 'ret@rns', 'क्'],
]

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat({ max: 60 }),
  text: fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((parts) => parts.join('')),
})

/** Edits of a text from left to right that do not overlap. */
const editsOf = (text: string, changes: readonly { at: number; cut: number; text: string }[]): Edit[] => {
  const edits: Edit[] = []
  for (const { at, cut, text: by } of [...changes].sort((a, b) => a.at - b.at)) {
    const start = Math.max(edits.at(-1)?.end ?? 0, Math.floor(at * text.length))
    edits.push({ start, end: Math.min(text.length, start + cut), text: by })
  }
  return edits
}

it('a text is read after edits as if it were read anew, and seldom has to be', () => {
  let [all, whole] = [0, 0]
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 3 }).map((texts) => texts.join(' ')),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      (text, changes) => {
        const edits = editsOf(text, changes)
        const patched = applyEdits(text, edits)
        const reading = readPatched(readText(text), edits, patched)
        all++
        if (reading === null) whole++
        else expect(reading).toEqual(readText(patched))
      },
    ),
    { numRuns: 1_500 },
  )
  expect(whole / all).toBeLessThan(0.3)
})
