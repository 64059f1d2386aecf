const EXCERPT_LENGTH = 160

/** The beginning of a text on one line, at most 160 UTF-16 code units, never ending in half a character. */
export function excerptOf(text: string): string {
  const line = text
    .slice(0, 4 * EXCERPT_LENGTH)
    .replace(/\s+/g, ' ')
    .trim()
  return line.slice(0, EXCERPT_LENGTH).replace(/[\uD800-\uDBFF]$/, '')
}
