/** What the reading of disguised words needs to know: is this a word that some rule looks for? */
export type KnowsWord = (form: string) => boolean

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

const LEET_SIGN = /[013457@$!]/

/** The word that digits and signs between letters imitate, or `null` when it is none that a rule looks for. */
export const withoutLeet = (form: string, knows: KnowsWord): string | null => {
  if (form.length < 3 || form.length > 24 || !LEET_SIGN.test(form) || !/[a-z]/.test(form)) return null
  const plain = form.replace(/[013457@$!]/g, (char) => LEET[char] ?? char)
  if (knows(plain)) return plain
  const withL = form.replace(/1/g, 'l').replace(/[03457@$!]/g, (char) => LEET[char] ?? char)
  return withL !== plain && knows(withL) ? withL : null
}

const HEXADECIMAL = /[0-9a-f-]{8,}/gi
const DIGITS = /\d/g
const WORD = /[\p{L}\p{N}]/u

/** Digits that make a run of hexadecimal characters an identifier and no word at least. */
const MIN_DIGITS = 3

/** Tells for a place of a text whether a UUID or another hexadecimal identifier stands there: its digits imitate nothing. */
export const identifiersIn = (text: string): ((at: number) => boolean) => {
  const marked = new Uint8Array(text.length)
  for (const { 0: run, index } of text.matchAll(HEXADECIMAL)) {
    const end = index + run.length
    const apart = !WORD.test(text.charAt(index - 1)) && !WORD.test(text.charAt(end))
    if (apart && (run.match(DIGITS)?.length ?? 0) >= MIN_DIGITS) marked.fill(1, index, end)
  }
  return (at) => marked[at] === 1
}
