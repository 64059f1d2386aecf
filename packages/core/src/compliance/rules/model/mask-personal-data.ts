/** Stands for one UTF-16 code unit that does not leave, so that every place in the text stays where it is. */
const MASK = '#'

/** A word that begins large, as names do; caseless scripts have no such sign. */
const NAME = String.raw`\p{Lu}[\p{L}\p{M}'’.-]{0,40}`
const NAMES = String.raw`${NAME}(?:[ \u00a0]${NAME}){0,3}`
const INDIC_WORD = String.raw`[\p{Script=Devanagari}\p{Script=Gujarati}\p{Script=Tamil}]{1,40}`

/** Words beside a greeting or a title that name nobody. */
const ENGLISH_NOBODY = `all everyone everybody friend friends investor investors client clients customer customers member
members team sir madam folks there reader readers and to the my our valued esteemed dear hi hello hey thanks yes no ok`
const NOBODY = [
  ...ENGLISH_NOBODY.split(/\s+/).map((word) => `[${word[0]?.toUpperCase()}${word[0]}]${word.slice(1)}`),
  ...['निवेशक', 'ग्राहक', 'मित्र', 'રોકાણકાર'].map((stem) => String.raw`${stem}\S{0,20}`),
  ...['साथियों', 'दोस्तों', 'सभी', 'સૌ', 'બધા', 'મિત્રો'],
].join('|')
const NOT_NOBODY = String.raw`(?!(?:${NOBODY})(?![\p{L}\p{M}]))`

/**
 * Personal data by its form. Group 1, where there is one, is what is masked; else the whole match. Each pattern is linear:
 * it starts at the beginning of a word only, or what it repeats is bounded.
 */
const FORMS: readonly RegExp[] = [
  // Addresses of mail and UPI handles.
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*/gu,
  // Nine digits or more, however they are set apart: phones, Aadhaar, folios, accounts. A sum has commas.
  /\+?\p{Nd}(?:[\s().\u200b-\u200f\u2060-]{0,2}\p{Nd}){8,}/gu,
  // Permanent account numbers.
  /(?<![\p{L}\p{N}])[A-Za-z]{5}\p{Nd}{4}[A-Za-z](?![\p{L}\p{N}])/gu,
  // What a link says besides its address.
  /\?[\w.%~-]+=\S*/g,
  // Who is greeted or titled.
  new RegExp(
    String.raw`(?<![\p{L}\p{M}])(?:[Dd]ear|DEAR|[Hh]i|[Hh]ello|[Hh]ey|[Nn]amaste|[Nn]amaskar|[Vv]anakkam|Mrs?|Ms|Miss|Dr|[Ss]hri|[Ss]hree|[Ss]mt|CA)\.?[ \u00a0,]{1,2}${NOT_NOBODY}(${NAMES}|\p{Ll}[\p{L}\p{M}'’-]{0,40})`,
    'gu',
  ),
  new RegExp(
    String.raw`(?:श्रीमती|श्री|सुश्री|डॉ\.?|प्रिय|नमस्ते|नमस्कार|શ્રી|પ્રિય|திரு\.?|திருமதி\.?)[ \u00a0,]{1,2}${NOT_NOBODY}(${INDIC_WORD}(?: ${INDIC_WORD})?)`,
    'gu',
  ),
  // Who is called by a word of respect that follows the name.
  new RegExp(
    String.raw`(?<![\p{L}\p{M}])${NOT_NOBODY}(${NAME}) (?:[Jj]i|[Bb]hai|[Bb]en|[Ss]ahab|[Ss]ir|[Mm]adam)(?![\p{L}\p{M}])`,
    'gu',
  ),
  new RegExp(
    String.raw`(?<![\p{L}\p{M}])${NOT_NOBODY}(${INDIC_WORD}) (?:जी|भाई|बेन|साहब|मैडम|ભાઈ|બેન)(?![\p{L}\p{M}])`,
    'gu',
  ),
  // Who speaks, and whom to call.
  new RegExp(
    String.raw`(?:[Mm]y name is|[Ii] am|I'm|[Tt]his is|[Rr]egards,?|[Cc]all|[Cc]ontact|[Mm]essage|[Ww]hatsapp|WhatsApp)\s{1,3}(${NAMES})`,
    'gu',
  ),
  new RegExp(`मेरा नाम (${INDIC_WORD}(?: ${INDIC_WORD})?) (?:है|हैं)`, 'gu'),
]

/**
 * The text without what can tell who a person is: addresses, long numbers, names where a form of words shows that they
 * are names, and the names given. Every masked character becomes one `#`, so that a place in the result is the same place
 * in the text. Names that nothing marks as such stay; who lets a model look at its texts is told so.
 */
export function maskPersonalData(text: string, names: readonly string[]): string {
  const units = [...Array(text.length).keys()].map((index) => text[index] ?? '')
  const cover = (start: number, length: number) => {
    for (let at = start; at < start + length; at++) if (/\S/.test(units[at] ?? '')) units[at] = MASK
  }
  for (const form of FORMS) {
    for (const match of text.matchAll(form)) {
      const [whole, name = whole] = match
      cover(match.index + whole.lastIndexOf(name), name.length)
    }
  }
  const lower = text.toLowerCase()
  // Lower case may change the length of a text; then the given names are looked for as they are written.
  const [haystack, form] = lower.length === text.length ? [lower, (name: string) => name.toLowerCase()] : [text, String]
  for (const name of names.map((one) => form(one.trim())).filter((one) => one.length > 1)) {
    for (let at = haystack.indexOf(name); at >= 0; at = haystack.indexOf(name, at + name.length)) cover(at, name.length)
  }
  return units.join('')
}
