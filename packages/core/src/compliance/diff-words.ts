import type { DiffPart } from '@pramaan/shared'
import { diffArrays } from 'diff'

/** Differences beyond this many are no help to a reader, and finding them costs the square of their number. */
const MAX_EDITS = 2_000

/** Words and the white space between them, so that the parts put together give the texts again. */
const wordsOf = (text: string): string[] => text.match(/\s+|\S+/g) ?? []

/** What is the same, gone and new from one text to the other, word by word. Texts with little in common come whole. Pure. */
export function diffWords(from: string, to: string): DiffPart[] {
  const changes = diffArrays(wordsOf(from), wordsOf(to), { maxEditLength: MAX_EDITS })
  if (changes === undefined) {
    return [
      { kind: 'gone', text: from },
      { kind: 'new', text: to },
    ]
  }
  return changes.map(({ added, removed, value }) => ({
    kind: added ? 'new' : removed ? 'gone' : 'same',
    text: value.join(''),
  }))
}
