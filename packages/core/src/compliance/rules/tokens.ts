import { identifiersIn, type KnowsWord, withoutLeet } from './leet.ts'
import { type Folded, foldText, type HiddenChar } from './normalise.ts'
import { digitsValue, multiplierWord, numberWord } from './numbers.ts'
import { quotations } from './quotations.ts'

/** One word, number, symbol or emoji as a reader perceives it, with its UTF-16 range in the submitted text. */
export interface Token {
  readonly form: string
  readonly start: number
  readonly end: number
  readonly kind: 'word' | 'number' | 'symbol'
  /** The value of digits and of number words. */
  readonly value: number | null
  /** White space before it: 0 none, 1 one space, 2 more. */
  readonly gap: 0 | 1 | 2
  /** Some letters were look-alikes from another script, others were not. */
  readonly mixedScript: boolean
  /** The word was put together again from split letters or from digits that stand for letters. */
  readonly disguised: boolean
}

/** A text in tokens, with the sentence, clause and quotation that each token stands in. */
export interface TokenText {
  readonly text: string
  readonly hidden: readonly HiddenChar[]
  readonly tokens: readonly Token[]
  readonly sentence: readonly number[]
  readonly clause: readonly number[]
  readonly quoted: readonly boolean[]
  /** Sentences that end with a question mark. */
  readonly questions: ReadonlySet<number>
}

interface Scan {
  form: string
  first: number
  last: number
  kind: Token['kind']
}

const WORD = /^[\p{L}\p{M}\p{N}]$/u
const SYMBOL = /^[%₹$€#+=&@→⇒×*/<>~\p{Extended_Pictographic}]$/u
const DIGIT = /^\d$/

const ASCII_END = 0x80

/** Lower-case ASCII letters and digits by their code; tests of single characters are most of the time of a reading. */
const isAsciiWord = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)

const isWordChar = (char: string | undefined): boolean => {
  if (char === undefined || char === '') return false
  const code = char.charCodeAt(0)
  return code < ASCII_END ? isAsciiWord(code) : WORD.test(char)
}

/** Signs that may stand inside a word: an apostrophe, grouping in numbers, `@`, `$`, `!` used as letters. */
const joins = (char: string, before: string, after: string): boolean => {
  if (char === "'" || char === '’' || char === '‘') return /\p{L}/u.test(before) && /\p{L}/u.test(after)
  if (char === '.' || char === ',' || char === ':') return DIGIT.test(before) && DIGIT.test(after)
  if (char === '@' || char === '$' || char === '!') return /[a-z0-9]/.test(before) && /[a-z]/.test(after)
  return false
}

const scan = (folded: Folded, knows: KnowsWord): Scan[] => {
  const { chars } = folded
  const result: Scan[] = []
  let index = 0
  while (index < chars.length) {
    const char = chars[index] ?? ''
    if (isWordChar(char)) {
      const first = index
      while (index < chars.length) {
        const at = chars[index] ?? ''
        if (!isWordChar(at) && !joins(at, chars[index - 1] ?? '', chars[index + 1] ?? '')) break
        index++
      }
      let slice = chars.slice(first, index)
      const sign = slice.findIndex((at) => at === '@' || at === '$' || at === '!')
      if (sign > 0 && withoutLeet(slice.join(''), knows) === null) {
        slice = slice.slice(0, sign)
        index = first + sign
      }
      if (folded.reversed[first]) slice.reverse()
      splitDigits(result, slice, first)
    } else {
      if (char !== ' ' && SYMBOL.test(char)) result.push({ form: char, first: index, last: index, kind: 'symbol' })
      index++
    }
  }
  return result
}

const APOSTROPHE = /['’‘]/

/** A digit, or a sign that groups digits. */
const isNumeral = (char: string): boolean => (char >= '0' && char <= ':') || char === '.' || char === ','

/** `15k` and `10x` are a number and a word; `5,000`, `9:15` and `fy27` stay whole. */
const splitDigits = (result: Scan[], chars: readonly string[], first: number) => {
  const joined = chars.join('')
  const form = APOSTROPHE.test(joined) ? joined.replace(/['’‘]/g, '') : joined
  let digits = 0
  while (digits < chars.length && isNumeral(chars[digits] ?? '')) digits++
  if (digits > 0 && digits < chars.length && DIGIT.test(chars[digits - 1] ?? '')) {
    result.push({ form: chars.slice(0, digits).join(''), first, last: first + digits - 1, kind: 'number' })
    const rest = chars.slice(digits).join('').replace(/['’‘]/g, '')
    result.push({ form: rest, first: first + digits, last: first + chars.length - 1, kind: 'word' })
    return
  }
  result.push({ form, first, last: first + chars.length - 1, kind: digits === chars.length ? 'number' : 'word' })
}

/** Some of its letters imitate those of another script and others do not. */
const isMixed = (folded: Folded, item: Scan): boolean => {
  if (!folded.imitates) return false
  let alike = 0
  for (let index = item.first; index <= item.last; index++) if (folded.alike[index]) alike++
  if (alike === 0) return false
  let letters = 0
  for (let index = item.first; index <= item.last; index++) if (/\p{L}/u.test(folded.chars[index] ?? '')) letters++
  return alike < letters
}

const toToken = (folded: Folded, item: Scan, previousEnd: number): Token => {
  let spaces = 0
  for (let index = previousEnd + 1; index < item.first && spaces < 2; index++)
    if (/\s/.test(folded.chars[index] ?? '')) spaces++
  const form = item.form.endsWith('’s') ? item.form.slice(0, -2) : item.form
  return {
    form,
    start: folded.starts[item.first] ?? 0,
    end: folded.ends[item.last] ?? 0,
    kind: item.kind,
    value: item.kind === 'number' ? digitsValue(form) : item.kind === 'word' ? numberWord(form) : null,
    gap: spaces as 0 | 1 | 2,
    mixedScript: isMixed(folded, item),
    disguised: false,
  }
}

/** The first combining mark of Unicode. */
const FIRST_MARK = 0x300

const CLUSTER = /^\P{M}\p{M}*(?:[\u094d\u0acd\u0bcd]\p{L}\p{M}*)*$/u

/** A single letter or a single Indic syllable: what is left when somebody writes a word with gaps. */
export const isPiece = (token: Token): boolean => {
  const { form } = token
  if (token.kind === 'symbol' || form.length > 8) return false
  if (form.length === 1 && form.charCodeAt(0) < ASCII_END) return true
  return (form.length === 1 || form.charCodeAt(1) >= FIRST_MARK) && CLUSTER.test(form)
}

const MAX_PIECES = 40
/** Single Latin letters that make a split word at least; fewer are initials. */
const MIN_PIECES = 4

const merge = (tokens: readonly Token[], form: string): Token => {
  const first = tokens[0] as Token
  const last = tokens[tokens.length - 1] as Token
  return { ...first, form, end: last.end, kind: 'word', value: null, disguised: true }
}

/** Known words that the letters of `joined` spell one after the other, longest first, or `null`. */
const segment = (joined: string, knows: KnowsWord): string[] | null => {
  const words: string[] = []
  let index = 0
  while (index < joined.length) {
    let length = Math.min(20, joined.length - index)
    while (length >= 3 && !knows(joined.slice(index, index + length))) length--
    if (length < 3) return null
    words.push(joined.slice(index, index + length))
    index += length
  }
  return words
}

/** Joins `g u a r a n t e e d`, `g.u.a.r` and `पै सा` where the joined word is one that a rule looks for. */
const joinPieces = (tokens: readonly Token[], knows: KnowsWord, text: string): Token[] => {
  const result: Token[] = []
  let index = 0
  while (index < tokens.length) {
    const token = tokens[index] as Token
    if (!isPiece(token)) {
      result.push(token)
      index++
      continue
    }
    let end = index + 1
    while (
      end < tokens.length &&
      end - index < MAX_PIECES &&
      (tokens[end] as Token).gap < 2 &&
      isPiece(tokens[end] as Token)
    )
      end++
    result.push(...joinRun(tokens.slice(index, end), knows, text))
    index = end
  }
  return result
}

/** Syllables that are words of their own; two of them side by side are ordinary text. */
const SYLLABLE_WORDS = new Set(
  'न ना व का के की को से में मैं है हैं ही भी तो जो ये वो हो दे दो दें ले लो लें जा आ ओ या कि ने जी सा सी था थी थे मे श्री क्या क्यों ते ती हे हा ला त च ન ના છે કે તે જે એ આ ની નો નું ને માં થી જ શું હું તો'.split(
    ' ',
  ),
)

/** Nothing but gaps and joining signs stands between the pieces, and not all of them are words themselves. */
const mayJoin = (run: readonly Token[], text: string, latin: boolean): boolean => {
  for (let index = 1; index < run.length; index++) {
    const between = text.slice(run[index - 1]?.end ?? 0, run[index]?.start ?? 0)
    if (
      between.length > 3 ||
      !(latin ? /^[\s.\-*_·•|/\\~+\u200b-\u200f]*$/ : /^[\s\-*_·|\u200b-\u200f]*$/).test(between)
    )
      return false
  }
  return latin || run.filter((token) => SYLLABLE_WORDS.has(token.form)).length * 2 <= run.length
}

/** Words of one letter ("a", "I") or digits beside a split word, at most on each side. */
const MAX_BESIDE = 2

/** "a g.u.a.r.d": the known word that stands between single letters of the sentence around it. */
const joinInner = (run: readonly Token[], knows: KnowsWord, text: string): Token[] | null => {
  for (let before = 0; before <= MAX_BESIDE; before++) {
    for (let after = before === 0 ? 1 : 0; after <= MAX_BESIDE; after++) {
      const part = run.slice(before, run.length - after)
      if (part.length < MIN_PIECES) continue
      const joined = part.map((token) => token.form).join('')
      if (knows(joined) && mayJoin(part, text, true))
        return [...run.slice(0, before), merge(part, joined), ...run.slice(run.length - after)]
    }
  }
  return null
}

const joinRun = (run: readonly Token[], knows: KnowsWord, text: string): Token[] => {
  if (run.length < 2) return [...run]
  const joined = run.map((token) => token.form).join('')
  const latin = /^[a-z0-9@$!]+$/.test(joined)
  if (latin && run.length < MIN_PIECES) return [...run]
  const plain = /\d/.test(joined) ? (withoutLeet(joined, knows) ?? joined) : joined
  if (knows(plain) && (latin || run.length <= 6) && mayJoin(run, text, latin)) return [merge(run, plain)]
  if (!latin) return joinShortest(run, knows, text)
  const inner = joinInner(run, knows, text)
  if (inner !== null) return inner
  const words = segment(joined, knows)
  if (words === null || !mayJoin(run, text, true)) return [...run]
  let from = 0
  return words.map((word) => {
    const part = run.slice(from, from + word.length)
    from += word.length
    return merge(part, word)
  })
}

const spellsWord = (part: readonly Token[], knows: KnowsWord, text: string): boolean =>
  knows(part.map((token) => token.form).join('')) && mayJoin(part, text, false)

/** Indic syllables: takes the longest known word at each place, since short words are often one syllable. */
const joinShortest = (run: readonly Token[], knows: KnowsWord, text: string): Token[] => {
  const result: Token[] = []
  let index = 0
  while (index < run.length) {
    let size = Math.min(5, run.length - index)
    while (size > 1 && !spellsWord(run.slice(index, index + size), knows, text)) size--
    const part = run.slice(index, index + size)
    result.push(size > 1 ? merge(part, part.map((token) => token.form).join('')) : (part[0] as Token))
    index += size
  }
  return result
}

/** Joins neighbours that touch, such as `guaran-teed`, when the whole is known and a part of it is not. */
const joinTouching = (tokens: readonly Token[], knows: KnowsWord, text: string): Token[] => {
  const result: Token[] = []
  for (const token of tokens) {
    const before = result[result.length - 1]
    const touching = before !== undefined && token.gap === 0 && before.kind === 'word' && token.kind === 'word'
    if (touching && !(knows(before.form) && knows(token.form)) && before.form.length + token.form.length < 25) {
      const joined = before.form + token.form
      if (/^[a-z]{5,}$/.test(joined) && knows(joined)) {
        const hyphen = text.slice(before.end, token.start) === '-'
        result[result.length - 1] = { ...merge([before, token], joined), disguised: !hyphen || before.disguised }
        continue
      }
    }
    result.push(token)
  }
  return result
}

const ENDS_SENTENCE = /^[.!?।॥\n\r…]$/
const ENDS_CLAUSE = /^[,;:–—()[\]|•]$/
const ABBREVIATIONS = new Set([
  'mr',
  'mrs',
  'ms',
  'dr',
  'no',
  'rs',
  'st',
  'vs',
  'नं',
  'નં',
  'डॉ',
  'श्री',
  'ltd',
  'pvt',
  'approx',
  'etc',
  'sr',
  'jr',
])

interface Breaks {
  readonly sentence: boolean
  readonly clause: boolean
  readonly question: boolean
}

const NO_BREAKS: Breaks = { sentence: false, clause: false, question: false }

/** A question of at most so many words is read with its answer: "Risk? Zero." */
const SHORT_QUESTION = 5

const breaksBetween = (text: string, before: Token, after: Token, length: number): Breaks => {
  let sentence = false
  let clause = false
  let question = false
  const between = text.slice(before.end, after.start)
  if (between === '' || between === ' ') return NO_BREAKS
  for (const char of between) {
    if (ENDS_CLAUSE.test(char) || char === '?') clause = true
    if (!ENDS_SENTENCE.test(char)) continue
    const abbreviation =
      char === '.' && (ABBREVIATIONS.has(before.form) || /^[a-z]$/.test(before.form) || between.length === 1)
    const rhetorical = char === '?' && length <= SHORT_QUESTION
    const wrapped =
      char === '\n' &&
      /^[a-z]/.test(text.slice(after.start, after.start + 1)) &&
      !between.includes('\n\n') &&
      !/[.!?।]/.test(between)
    if (!abbreviation && !rhetorical && !wrapped) sentence = true
    if (char === '?') question = true
  }
  return { sentence, clause: clause || sentence, question }
}

/** Reads a text into tokens. `knows` says which words are worth putting together again. Linear in its length. */
export const readTokens = (text: string, knows: KnowsWord): TokenText => {
  const folded = foldText(text)
  let previousEnd = -1
  const plain = scan(folded, knows).map((item) => {
    const token = toToken(folded, item, previousEnd)
    previousEnd = item.last
    return token
  })
  const isIdentifier = identifiersIn(text)
  const unleeted = plain.map((token) => {
    if (token.kind !== 'word' || isIdentifier(token.start)) return token
    const form = withoutLeet(token.form, knows)
    return form === null ? token : { ...token, form, value: null, disguised: true }
  })
  const tokens = joinTouching(joinPieces(unleeted, knows, text), knows, text)
  return { text, hidden: folded.hidden, tokens, ...structure(text, tokens) }
}

/** Sentence, clause and quotation of each token. */
export const structure = (text: string, tokens: readonly Token[]) => {
  const sentence: number[] = []
  const clause: number[] = []
  const quoted: boolean[] = []
  const questions = new Set<number>()
  const ranges = quotations(text)
  let range = 0
  let opened = 0
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]
    const breaks = before === undefined ? NO_BREAKS : breaksBetween(text, before, token, index - opened)
    const lastSentence = sentence[index - 1] ?? 0
    if (breaks.question) questions.add(lastSentence)
    if (breaks.sentence) opened = index
    sentence.push(lastSentence + (breaks.sentence ? 1 : 0))
    clause.push((clause[index - 1] ?? 0) + (breaks.clause ? 1 : 0))
    while (range < ranges.length && (ranges[range]?.[1] ?? 0) < token.start) range++
    quoted.push((ranges[range]?.[0] ?? Number.POSITIVE_INFINITY) < token.start)
  })
  const last = tokens[tokens.length - 1]
  if (last !== undefined && /^\s*[”’"']?\?/.test(text.slice(last.end)))
    questions.add(sentence[sentence.length - 1] ?? 0)
  return { sentence, clause, quoted, questions }
}

/** True for `lakh`, `crore` and the like. */
export const isMultiplier = (token: Token): boolean => token.kind === 'word' && multiplierWord(token.form) !== null
