import { createHash } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Ids in Razorpay's form, `<kind>_` and 14 letters or digits. The same seed gives the same ones in the same order. */
export interface Ids {
  next(kind: string): string
  event(): string
}

export function createIds(seed: string): Ids {
  let count = 0
  const letters = (kind: string) => {
    const hash = createHash('sha256').update(`${seed}|${kind}|${++count}`).digest()
    return Array.from(hash.subarray(0, 14), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
  }
  return { next: (kind) => `${kind}_${letters(kind)}`, event: () => letters('event') }
}
