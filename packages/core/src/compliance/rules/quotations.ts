const OPENERS: Readonly<Record<string, string>> = { '“': '”', '‘': '’', '«': '»' }
const CLOSERS = ['”', '’', '»', '"', "'"]
const MAX_QUOTE = 400

/** One of the signs that open or close a quotation; all other characters are passed over quickly. */
const isSign = (code: number): boolean =>
  code === 0x22 || code === 0x27 || (code >= 0x2018 && code <= 0x201d) || code === 0xab || code === 0xbb

const isLetter = (char: string) => char !== '' && /[\p{L}\p{N}]/u.test(char)

/** Where each closing sign stands that is no apostrophe, from left to right. */
const closingsOf = (text: string): Map<string, number[]> => {
  const places = new Map<string, number[]>(CLOSERS.map((sign) => [sign, []]))
  for (let index = 0; index < text.length; index++) {
    if (!isSign(text.charCodeAt(index))) continue
    const char = text.charAt(index)
    const list = places.get(char)
    if (list === undefined) continue
    const single = char === '’' || char === "'"
    if (!single || !isLetter(text.charAt(index + 1))) list.push(index)
  }
  return places
}

const opens = (text: string, index: number): boolean => {
  const char = text.charAt(index)
  if (char === '"' || (OPENERS[char] !== undefined && char !== '‘')) return true
  return (char === "'" || char === '‘') && !isLetter(text.charAt(index - 1))
}

/** UTF-16 ranges of quoted passages, from left to right, in time linear in the length of the text. An apostrophe inside a word opens and closes nothing. */
export const quotations = (text: string): [number, number][] => {
  const ranges: [number, number][] = []
  const closings = closingsOf(text)
  const reached = new Map<string, number>()
  let index = 0
  while (index < text.length) {
    if (!isSign(text.charCodeAt(index)) || !opens(text, index)) {
      index++
      continue
    }
    const sign = OPENERS[text.charAt(index)] ?? text.charAt(index)
    const list = closings.get(sign) ?? []
    let at = reached.get(sign) ?? 0
    while (at < list.length && (list[at] ?? 0) <= index) at++
    reached.set(sign, at)
    const end = list[at] ?? Number.POSITIVE_INFINITY
    if (end - index <= MAX_QUOTE) ranges.push([index, end])
    index = end - index <= MAX_QUOTE ? end + 1 : index + 1
  }
  return ranges
}
