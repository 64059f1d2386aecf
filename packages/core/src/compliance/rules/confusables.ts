/**
 * Letters that look like Latin ones, with the letter they imitate. A short cut of Unicode's confusables table
 * (UTS 39): the scripts that are used for imitation and are no language of this product.
 */
const PAIRS =
  'аa вb еe ѕs іi јj кk мm нh оo рp сc тt уy хx ԁd ԛq ԝw һh ӏl ґr ьb ԍg ѵv пn гr зe ' +
  'αa βb εe ηn ιi κk νv οo ρp τt υu χx γy ωw ϲc ϳj μu σo ' +
  'ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz ɑa ɡg ɩi ı' +
  'i ɨi øo đd ħh łl ŧt ƅb ɓb ɗd ɛe ɔo օo ոn սu աw հh գq եe'

const CONFUSABLE = new Map(PAIRS.split(' ').map((pair) => [[...pair][0] ?? '', [...pair][1] ?? '']))

/** Negative squared and circled capitals, which NFKC leaves alone. */
const ENCLOSED_STARTS = [0x1f150, 0x1f170]

/** The Latin letter that `char` imitates, or `null`. `char` is lower case, after NFKC. */
export const imitatedLetter = (char: string): string | null => {
  const known = CONFUSABLE.get(char)
  if (known !== undefined) return known
  const code = char.codePointAt(0) ?? 0
  for (const start of ENCLOSED_STARTS) {
    if (code >= start && code < start + 26) return String.fromCharCode(0x61 + code - start)
  }
  return null
}

/** First code points of the decimal digit blocks that NFKC does not fold: Arabic and the Indic scripts. */
const DIGIT_ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66]

/** The ASCII digit for a decimal digit of another script, or `null`. */
export const asciiDigit = (code: number): string | null => {
  for (const zero of DIGIT_ZEROS) if (code >= zero && code <= zero + 9) return String(code - zero)
  return null
}
