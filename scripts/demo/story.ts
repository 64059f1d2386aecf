import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 500
const PATIENCE_MS = 30_000

const say = (text = '') => process.stdout.write(`${text}\n`)

/** Something that is not as promised: the demo ends here. */
export class Broken extends Error {
  constructor(promised: string, came: unknown) {
    super(`Promised: ${promised}\nWhat came: ${typeof came === 'string' ? came : JSON.stringify(came, null, 2)}`)
    this.name = 'Broken'
  }
}

let steps = 0

/** One numbered step of the story; what `action` returns is handed on. */
export async function step<Result>(title: string, action: () => Promise<Result>): Promise<Result> {
  steps += 1
  say(`\n${String(steps).padStart(2)}. ${title}`)
  return action()
}

/** Says what just happened, a line below the title of the step. */
export const tell = (text: string) => say(indented(text))

/** Says that a promise was kept, or ends the demo. @throws Broken */
export function promised(what: string, kept: boolean, came: unknown): void {
  if (!kept) throw new Broken(what, came)
  say(`    ok  ${what}`)
}

/**
 * Asks again until the answer is the wanted one, for 30 seconds at most.
 *
 * @throws Broken with the last answer
 */
export async function waitFor<Answer>(
  what: string,
  ask: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  for (const limit = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (Date.now() > limit) throw new Broken(`${what} within ${PATIENCE_MS / 1000} seconds`, answer)
  }
}

/** A message as it would be quoted in a letter. */
export const quoted = (text: string) =>
  text
    .split('\n')
    .map((line) => `| ${line}`)
    .join('\n')

/** A text with carets below `start` to `end` (UTF-16 offsets), cut to the line that they lie in. */
export function underlined(text: string, { start, end }: { start: number; end: number }): string {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', start)
  const line = text.slice(from, lineEnd < 0 ? text.length : lineEnd)
  const before = columns(line.slice(0, start - from))
  return `| ${line}\n| ${' '.repeat(before)}${'^'.repeat(Math.max(1, columns(line.slice(start - from, end - from))))}`
}

const graphemes = new Intl.Segmenter('hi', { granularity: 'grapheme' })

/** How many places a text takes in a terminal, nearly: vowel signs stand on their consonant. */
const columns = (text: string) => [...graphemes.segment(text)].length

/** Rows below each other, each column as wide as its longest cell. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, index) => Math.max(...[head, ...rows].map((row) => columns(row[index] ?? title))))
  const line = (row: string[]) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - columns(cell)))
      .join('  ')
      .trimEnd()
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n')
}

const indented = (text: string) =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
