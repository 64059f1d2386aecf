import type { Detector } from './detector.ts'
import { rangeHit } from './reading.ts'

/** Words with invisible characters, look-alike letters or split letters, and direction overrides anywhere. */
export const hiddenCharacters: Detector = (reading) => {
  const hits = new Map<number, string>()
  let at = 0
  for (const hidden of reading.hidden) {
    if (!hidden.inWord && hidden.kind === 'zero-width') continue
    while (at < reading.tokens.length - 1 && (reading.tokens[at]?.end ?? 0) < hidden.start) at++
    if (reading.tokens[at] !== undefined)
      hits.set(at, hidden.kind === 'direction' ? 'hidden change of direction' : 'invisible character')
  }
  reading.tokens.forEach((token, index) => {
    if (token.mixedScript) hits.set(index, 'letters of another script')
    if (token.disguised && !hits.has(index)) hits.set(index, 'split or replaced letters')
  })
  return [...hits].map(([index, note]) => rangeHit(index, index, note))
}
