import { isPiece, structure, type Token, type TokenText } from './tokens.ts'

const isPlainSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

const LAST_ASCII = 0x7f
const RARE_SPACE = /^\s$/

/** A mark that follows a space is read as one sign with it. */
const MARK = /^\p{M}$/u

/** Where each character stands once every run of white space is one space and none stands at the ends; `null` for white space of a rare kind. */
const placesIn = (text: string): Int32Array | null => {
  const places = new Int32Array(text.length)
  let to = 0
  let afterSpace = true
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    places[index] = to
    if (isPlainSpace(code)) {
      if (!afterSpace) to++
      afterSpace = true
      continue
    }
    if (code > LAST_ASCII || code === 0x0b || code === 0x0c) {
      const char = text.charAt(index)
      if (RARE_SPACE.test(char) || (afterSpace && MARK.test(char))) return null
    }
    to++
    afterSpace = false
  }
  return places
}

/** Letters that may be joined with their neighbours to a word, if the space between them is narrow enough. */
export const mayBeJoined = (token: Token): boolean => token.disguised || isPiece(token)

/**
 * The tokens of a text whose white space is folded to single spaces, as `readTokens` would read them from `line`,
 * without reading it again; `null` where that cannot be told from the tokens of the text alone.
 */
export const tokensOfOneLine = (own: TokenText, line: string): TokenText | null => {
  if (own.hidden.length > 0) return null
  const places = placesIn(own.text)
  if (places === null) return null
  const tokens: Token[] = []
  let before: Token | undefined
  for (const token of own.tokens) {
    const start = places[token.start] ?? 0
    const end = (places[token.end - 1] ?? 0) + 1
    if (end - start !== token.end - token.start) return null
    const moved =
      before !== undefined &&
      own.text.slice(before.end, token.start) !== line.slice(tokens[tokens.length - 1]?.end, start)
    if (moved && before !== undefined && mayBeJoined(before) && mayBeJoined(token)) return null
    tokens.push({ ...token, start, end, gap: gapOf(line, tokens[tokens.length - 1]?.end ?? 0, start) })
    before = token
  }
  return { text: line, hidden: own.hidden, tokens, ...structure(line, tokens) }
}

/** White space between two tokens: 0 none, 1 one space, 2 more. */
const gapOf = (line: string, from: number, to: number): Token['gap'] => {
  let spaces = 0
  for (let index = from; index < to && spaces < 2; index++) if (isPlainSpace(line.charCodeAt(index))) spaces++
  return spaces as Token['gap']
}
