import { asciiDigit, imitatedLetter } from './confusables.ts'

/** A character that a reader does not see. `inWord` says that it stands between two letters or digits. */
export interface HiddenChar {
  readonly start: number
  readonly end: number
  readonly inWord: boolean
  readonly kind: 'zero-width' | 'direction' | 'tag'
}

/** The text as a reader perceives it, one code point an entry, each with its UTF-16 range in the original. */
export interface Folded {
  readonly chars: readonly string[]
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  /** The entry was a look-alike from another script. */
  readonly alike: readonly boolean[]
  /** Some entry was. */
  readonly imitates: boolean
  /** The entry stands inside a right-to-left override. */
  readonly reversed: readonly boolean[]
  readonly hidden: readonly HiddenChar[]
}

const MARK = /^\p{M}$/u
const WORD = /^[\p{L}\p{M}\p{N}]$/u
const EMOJI = /^[\p{Extended_Pictographic}\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}#*0-9]$|^\u20E3$/u
const LETTER = /^\p{L}$/u
const INDIC = /^[\u0900-\u0DFF]$/
const BLACK_FLAG = 0x1f3f4

/** A cluster longer than this is cut, so that normalising stays linear in the length of the text. */
const MAX_CLUSTER = 24

const isDirection = (code: number) =>
  code === 0x61c ||
  (code >= 0x200e && code <= 0x200f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069)

const isTag = (code: number) => code >= 0xe0000 && code <= 0xe007f

const isZeroWidth = (code: number) =>
  code === 0xad ||
  code === 0x34f ||
  code === 0x180e ||
  (code >= 0x200b && code <= 0x200d) ||
  (code >= 0x2060 && code <= 0x2064) ||
  (code >= 0x206a && code <= 0x206f) ||
  (code >= 0xfe00 && code <= 0xfe0f) ||
  code === 0xfeff ||
  code === 0x115f ||
  code === 0x1160 ||
  code === 0x3164 ||
  code === 0xffa0 ||
  (code >= 0xe0100 && code <= 0xe01ef)

const hiddenKind = (code: number): HiddenChar['kind'] | null =>
  isZeroWidth(code) ? 'zero-width' : isDirection(code) ? 'direction' : isTag(code) ? 'tag' : null

interface Builder {
  chars: string[]
  starts: number[]
  ends: number[]
  alike: boolean[]
  imitates: boolean
  reversed: boolean[]
  hidden: HiddenChar[]
}

const push = (out: Builder, char: string, start: number, end: number, alike: boolean, reversed: boolean) => {
  out.chars.push(char)
  out.starts.push(start)
  out.ends.push(end)
  out.alike.push(alike)
  if (alike) out.imitates = true
  out.reversed.push(reversed)
}

/** One character that a cluster folds to; `from` and `to` are offsets into the cluster where the two have one shape. */
interface FoldedChar {
  readonly char: string
  readonly alike: boolean
  readonly from: number
  readonly to: number
}

/** Folds one base character with its marks: NFKC, lower case, digits, look-alikes, no accents on Latin letters. */
const foldCluster = (cluster: string): readonly FoldedChar[] => {
  const composed = cluster.normalize('NFKC').toLowerCase()
  const sameShape = composed.length === cluster.length && [...composed].length === [...cluster].length
  const chars: FoldedChar[] = []
  let offset = 0
  for (const char of composed) {
    const from = sameShape ? offset : 0
    const to = sameShape ? offset + char.length : cluster.length
    offset += char.length
    const code = char.codePointAt(0) ?? 0
    const digit = asciiDigit(code)
    const folded = digit ?? foldLetter(char, code)
    const alike = digit === null && imitatedLetter(char) !== null && code > 0x2ff
    if (folded !== null) chars.push({ char: folded, alike, from, to })
  }
  return chars
}

/** Clusters remembered at most: they are pure, and a language has a few hundred. */
const REMEMBERED_CLUSTERS = 5_000
const clusters = new Map<string, readonly FoldedChar[]>()

const pushCluster = (out: Builder, cluster: string, start: number, reversed: boolean) => {
  let chars = clusters.get(cluster)
  if (chars === undefined) {
    chars = foldCluster(cluster)
    if (clusters.size >= REMEMBERED_CLUSTERS) clusters.clear()
    clusters.set(cluster, chars)
  }
  for (const { char, alike, from, to } of chars) push(out, char, start + from, start + to, alike, reversed)
}

/** Accents and enclosing marks on other letters than Indic ones. */
const isForeignMark = (code: number) =>
  (code >= 0x300 && code <= 0x36f) ||
  code === 0x489 ||
  (code >= 0x1ab0 && code <= 0x1aff) ||
  (code >= 0x20d0 && code <= 0x20ff)

/** Nukta, chandrabindu and Latin accents vanish or merge; the spelling of Indic words varies in exactly these. */
const foldLetter = (char: string, code: number): string | null => {
  if (char === '\u093c' || char === '\u0abc') return null
  if (char === '\u0901') return '\u0902'
  if (char === '\u0a81') return '\u0a82'
  const imitated = imitatedLetter(char)
  if (imitated !== null) return imitated
  if (/^[\u00c0-\u024f\u1e00-\u1eff]$/.test(char)) return char.normalize('NFD').charAt(0)
  if (isForeignMark(code)) return null
  return char
}

/** Joiners belong inside Indic syllables and emoji; one byte order mark may open the text. */
const isAllowed = (code: number, visible: string, after: string, start: number): boolean => {
  if (isTag(code)) return visible.codePointAt(0) === BLACK_FLAG
  if (code === 0xfeff && start === 0) return true
  if (code === 0x200c || code === 0x200d)
    return (INDIC.test(visible) && !/^[a-z0-9]$/i.test(after)) || EMOJI.test(visible)
  return code >= 0xfe00 && code <= 0xfe0f && !LETTER.test(visible)
}

const charAt = (text: string, index: number): string => {
  const code = text.codePointAt(index)
  return code === undefined ? '' : String.fromCodePoint(code)
}

/**
 * Folds a text to what a reader perceives, with an exact way back: entry `i` came from
 * `text.slice(starts[i], ends[i])`, in UTF-16 code units. Linear in the length of the text.
 */
export const foldText = (text: string): Folded => {
  const out: Builder = { chars: [], starts: [], ends: [], alike: [], imitates: false, reversed: [], hidden: [] }
  let visible = ''
  let reversed = false
  let index = 0
  while (index < text.length) {
    const code = text.codePointAt(index) ?? 0
    const start = index
    index += code > 0xffff ? 2 : 1
    const kind = code < 0x7f ? null : hiddenKind(code)
    if (kind !== null) {
      if (code === 0x202e) reversed = true
      if (code === 0x202c) reversed = false
      const after = charAt(text, index)
      if (!isAllowed(code, visible, after, start)) {
        out.hidden.push({
          start,
          end: index,
          inWord: WORD.test(visible) && (after === '' || !/^\s$/.test(after)),
          kind,
        })
      }
      continue
    }
    if (code === 0x0a) reversed = false
    visible = String.fromCodePoint(code)
    let size = 1
    while (
      size < MAX_CLUSTER &&
      text.charCodeAt(index) >= 0x300 &&
      MARK.test(charAt(text, index)) &&
      hiddenKind(text.codePointAt(index) ?? 0) === null
    ) {
      visible = charAt(text, index)
      index += visible.length
      size++
    }
    if (code < 0x80 && size === 1) push(out, text.charAt(start).toLowerCase(), start, index, false, reversed)
    else pushCluster(out, text.slice(start, index), start, reversed)
  }
  return out
}
