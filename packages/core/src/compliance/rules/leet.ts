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
