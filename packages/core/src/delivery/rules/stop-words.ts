/**
 * Words that end marketing messages when they are the whole message (whatsapp.md section 12), folded as `fold` does:
 * English, Hindi in Latin letters and in Devanagari.
 */
const STOP_WORDS = new Set([
  'stop',
  'stop all',
  'stop promotions',
  'unsubscribe',
  'unsubscribe all',
  'cancel',
  'opt out',
  'band karo',
  'band kare',
  'band karen',
  'बंद करो',
  'बंद करें',
  'रोको',
  'रोकें',
])

/** NFC, lower case, punctuation and underscores as spaces, white space folded and trimmed. */
const fold = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim()

export const isStopWord = (text: string): boolean => STOP_WORDS.has(fold(text))
