/**
 * One key for the many spellings of a word: Hinglish has no fixed spelling, and the same word comes in Devanagari or
 * Gujarati letters. `गारंटी`, `garanti`, `gaarantee` and `guarantee` share a key.
 */

/** Longer words are cut before they are keyed: no word of any rule is that long, and hostile ones cost nothing. */
const MAX_WORD = 48

const CONSONANTS: Readonly<Record<string, string>> = {
  क: 'k',
  ख: 'kh',
  ग: 'g',
  घ: 'gh',
  ङ: 'n',
  च: 'ch',
  छ: 'chh',
  ज: 'j',
  झ: 'jh',
  ञ: 'n',
  ट: 't',
  ठ: 'th',
  ड: 'd',
  ढ: 'dh',
  ण: 'n',
  त: 't',
  थ: 'th',
  द: 'd',
  ध: 'dh',
  न: 'n',
  प: 'p',
  फ: 'f',
  ब: 'b',
  भ: 'bh',
  म: 'm',
  य: 'y',
  र: 'r',
  ल: 'l',
  ळ: 'l',
  व: 'v',
  श: 'sh',
  ष: 'sh',
  स: 's',
  ह: 'h',
}

const VOWELS: Readonly<Record<string, string>> = {
  अ: 'a',
  आ: 'a',
  इ: 'i',
  ई: 'i',
  उ: 'u',
  ऊ: 'u',
  ऋ: 'ri',
  ए: 'e',
  ऐ: 'ai',
  ओ: 'o',
  औ: 'au',
  ऑ: 'o',
  ऍ: 'e',
}

const SIGNS: Readonly<Record<string, string>> = {
  'ा': 'a',
  'ि': 'i',
  'ी': 'i',
  'ु': 'u',
  'ू': 'u',
  'ृ': 'ri',
  'े': 'e',
  'ै': 'ai',
  'ो': 'o',
  'ौ': 'au',
  'ॉ': 'o',
  'ॅ': 'e',
}

const VIRAMA = '्'
const NASAL = 'ं'

interface Sound {
  readonly text: string
  readonly vowel: boolean
  /** The unwritten short a after a consonant, which speech drops in places. */
  readonly inherent: boolean
}

const sounds = (word: string): Sound[] => {
  const chars = [...word]
  const result: Sound[] = []
  chars.forEach((char, index) => {
    const consonant = CONSONANTS[char]
    const vowel = VOWELS[char] ?? SIGNS[char]
    if (consonant !== undefined) {
      result.push({ text: consonant, vowel: false, inherent: false })
      const next = chars[index + 1] ?? ''
      if (SIGNS[next] === undefined && next !== VIRAMA) result.push({ text: 'a', vowel: true, inherent: true })
    } else if (vowel !== undefined) result.push({ text: vowel, vowel: true, inherent: false })
    else if (char === NASAL) result.push({ text: 'n', vowel: false, inherent: false })
    else if (char !== VIRAMA) result.push({ text: char, vowel: false, inherent: false })
  })
  return result
}

/** Devanagari (or Gujarati, moved into its block) to Latin letters, with the silent short a left out as in speech. */
const romanise = (word: string): string => {
  const all = sounds(word)
  const kept = new Array<boolean>(all.length).fill(true)
  for (let index = all.length - 1; index >= 0; index--) {
    if (!all[index]?.inherent) continue
    if (index === all.length - 1) kept[index] = all.length <= 2
    else if (index >= 2 && index + 2 < all.length) {
      const before = !all[index - 1]?.vowel && all[index - 2]?.vowel && kept[index - 2]
      const after = !all[index + 1]?.vowel && all[index + 2]?.vowel && kept[index + 2]
      if (before && after) kept[index] = false
    }
  }
  return all.map((sound, index) => (kept[index] ? sound.text : '')).join('')
}

/** Plain replacements, in order; each is linear, none looks back. */
const FOLDS: readonly (readonly [RegExp, string])[] = [
  [/ph/g, 'f'],
  [/gua/g, 'ga'],
  [/tch|chh/g, 'ch'],
  [/ck|q/g, 'k'],
  [/c(?=[eiy])/g, 's'],
  [/ch/g, '1'],
  [/c/g, 'k'],
  [/1/g, 'ch'],
  [/x/g, 'ks'],
  [/w/g, 'v'],
  [/z/g, 'j'],
  [/([kgjtdbps])h/g, '$1'],
  [/ee|ii|ie(?!$)/g, 'i'],
  [/iye$/, 'ie'],
  [/oo|uu/g, 'u'],
  [/ai|ae|ay|ei|ey/g, 'e'],
  [/au|ou|aw/g, 'o'],
  [/y$/g, 'i'],
  [/m(?=[pb])/g, 'n'],
  [/(.)\1+/g, '$1'],
]

const isGujarati = (word: string) => /^[\u0a80-\u0aff]/.test(word)
const isDevanagari = (word: string) => /^[\u0900-\u097f]/.test(word)

/** The spelling key of one folded, lower-case word. Tamil words and numbers are their own key. */
export const spellingKey = (word: string): string => {
  const cut = word.length > MAX_WORD ? word.slice(0, MAX_WORD) : word
  let latin = cut
  if (isGujarati(cut))
    latin = romanise(cut.replace(/[\u0a80-\u0aff]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0x180)))
  else if (isDevanagari(cut)) latin = romanise(cut)
  if (!/^[a-z]/.test(latin)) return latin
  for (const [pattern, by] of FOLDS) latin = latin.replace(pattern, by)
  return latin
}

/** Written without vowels, or with one at the end only: `grntd`, `rtrn`, `slna`. Shorter ones are mostly abbreviations. */
const VOWELLESS = /^[b-df-hj-np-tv-xz]{4,14}$|^[b-df-hj-np-tv-xz]{3,12}[aeio]$/

/** The consonants of a word by its key, as people leave vowels out in haste; `null` where too little is left. */
export const consonantsOf = (key: string): string | null => {
  if (!/^[a-z]+$/.test(key)) return null
  const consonants = key.replace(/[aeiouy]/g, '').replace(/(.)\1+/g, '$1')
  return consonants.length < 3 ? null : consonants
}

/** True for a word that is written without its vowels. */
export const lacksVowels = (form: string): boolean => VOWELLESS.test(form)

/** English endings off, just enough that `guaranteed`, `guarantees` and `guarantee` meet. */
export const englishStem = (word: string): string => {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
  let stem = word
  if (/(ss|us|is)$/.test(stem)) return stem
  if (/(ss|sh|ch|x|z)es$/.test(stem)) stem = stem.slice(0, -2)
  else if (/[^aeiou]ies$/.test(stem)) stem = `${stem.slice(0, -3)}y`
  else if (stem.endsWith('s')) stem = stem.slice(0, -1)
  if (stem.length > 5 && stem.endsWith('ing')) stem = stem.slice(0, -3)
  else if (stem.length > 4 && stem.endsWith('ed')) stem = stem.slice(0, -2)
  if (stem.length > 4 && stem.endsWith('e')) stem = stem.slice(0, -1)
  if (stem.length > 4 && /([bdgmnprt])\1$/.test(stem)) stem = stem.slice(0, -1)
  return stem
}
