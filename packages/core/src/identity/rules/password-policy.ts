/** Why a password may not be chosen. */
export type PasswordProblem = 'short' | 'repeated' | 'common' | 'context'

export interface PasswordRules {
  /** Characters (code points) at least. */
  minLength: number
  /** Whether a text, in lower case, is a password or word that everybody tries first. */
  isCommon(word: string): boolean
  /** Texts that somebody who guesses at this very account would try: names of person and firm, the address. */
  context: readonly string[]
}

/** Words of the product and its field. */
const FIELD_WORDS = ['pramaan', 'advisor', 'adviser', 'advisory', 'sebi', 'amfi', 'irdai', 'mutual', 'fund', 'invest']
const MIN_WORD = 4
const MAX_WORD = 24
const MIN_RUN = 3

/** What the parts of a password add to the work of guessing it, in units of one common word. */
const COST = { context: 0, separator: 0, run: 0.5, digits: 0.5, word: 1, other: 0.75 } as const
/** A password that is put together from less than this many words' worth of parts is refused. */
const ENOUGH = 3
/** Digits that count as one part: a year, a PIN. */
const DIGITS_IN_PART = 4

const KEYBOARD_ROWS = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']
const LEET: Record<string, string> = { '@': 'a', '4': 'a', '0': 'o', '3': 'e', '5': 's', $: 's', '7': 't', '8': 'b' }

/**
 * Judges a password that somebody wants to set (NIST SP 800-63B-4, 3.1.1.2; OWASP ASVS 5.0, 6.1.2, 6.2.1, 6.2.4,
 * 6.2.11). It asks for no kinds of characters. What it refuses is short, is one unit repeated, or consists as a whole of
 * so few common words, names from its surroundings, keyboard runs and digits that it would be tried early.
 *
 * @returns null for a good one
 */
export function judgePassword(password: string, rules: PasswordRules): PasswordProblem | null {
  const letters = [...password.normalize('NFKC').toLowerCase()]
  if (letters.length < rules.minLength) return 'short'
  if (isRepeated(letters)) return 'repeated'
  if (rules.isCommon(letters.join(''))) return 'common'
  const context = contextWords(rules.context)
  const cheapest = costOf(letters, (word) =>
    context.has(word) ? COST.context : rules.isCommon(word) ? COST.word : null,
  )
  if (cheapest >= ENOUGH) return null
  // Without the names it would have been good enough, so the names are what is wrong with it.
  const withoutNames = costOf(letters, (word) => (rules.isCommon(word) ? COST.word : null))
  return withoutNames >= ENOUGH ? 'context' : 'common'
}

/** Names split into their words, and each name as a whole, in lower case. */
function contextWords(context: readonly string[]): Set<string> {
  const texts = context.map((text) => text.normalize('NFKC').toLowerCase())
  const parts = texts.flatMap((text) => [text.replace(/[^\p{L}\p{N}]/gu, ''), ...text.split(/[^\p{L}\p{N}]+/u)])
  return new Set([...FIELD_WORDS, ...parts].filter((word) => word.length >= MIN_WORD))
}

/** `abcabcabc`, `aaaaaaaa`, and texts of three different characters at most. */
function isRepeated(letters: string[]): boolean {
  if (new Set(letters).size <= 3) return true
  for (let unit = 1; unit <= letters.length / 2; unit++) {
    if (letters.every((letter, at) => letter === letters[at % unit])) return true
  }
  return false
}

/** The cheapest way to put the text together from parts. `wordCost` is null for what is no word. */
function costOf(letters: string[], wordCost: (word: string) => number | null): number {
  const spellings = [letters, unleet(letters, 'i'), unleet(letters, 'l')]
  const cheapest = [0]
  for (let end = 1; end <= letters.length; end++) {
    let best = (cheapest[end - 1] ?? 0) + costOfOne(letters[end - 1] ?? '')
    const consider = (start: number, cost: number) => {
      best = Math.min(best, (cheapest[start] ?? 0) + cost)
    }
    for (let start = end - MIN_WORD; start >= Math.max(0, end - MAX_WORD); start--) {
      for (const spelling of spellings) {
        const cost = wordCost(spelling.slice(start, end).join(''))
        if (cost !== null) consider(start, cost)
      }
    }
    const run = runBefore(letters, end)
    for (let length = MIN_RUN; length <= run; length++) consider(end - length, COST.run)
    for (let length = 1; length <= DIGITS_IN_PART && /\d/.test(letters[end - length] ?? ''); length++) {
      consider(end - length, COST.digits)
    }
    cheapest.push(best)
  }
  return cheapest.at(-1) ?? 0
}

const costOfOne = (letter: string) => (/[\p{L}\p{N}\p{M}]/u.test(letter) ? COST.other : COST.separator)

const unleet = (letters: string[], one: string) =>
  letters.map((letter) => (letter === '1' || letter === '!' ? one : (LEET[letter] ?? letter)))

/** How many characters before `end` follow one another: by code (abc, 987, aaa) or on a row of the keyboard. */
function runBefore(letters: string[], end: number): number {
  let longest = 1
  for (const follows of [sameStep(letters, end), onRow(letters, end)]) {
    let length = 1
    while (length < end && follows(letters[end - length - 1] ?? '', letters[end - length] ?? '')) length++
    longest = Math.max(longest, length)
  }
  return longest
}

function sameStep(letters: string[], end: number): (before: string, after: string) => boolean {
  const stepOf = (before: string, after: string) => (after.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)
  const step = stepOf(letters[end - 2] ?? '', letters[end - 1] ?? '')
  return (before, after) => Math.abs(step) <= 1 && stepOf(before, after) === step
}

function onRow(letters: string[], end: number): (before: string, after: string) => boolean {
  const row = KEYBOARD_ROWS.find((keys) => keys.includes(letters[end - 1] ?? '?')) ?? ''
  return (before, after) => row.includes(before) && Math.abs(row.indexOf(before) - row.indexOf(after)) === 1
}
