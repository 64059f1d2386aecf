import { createHmac, timingSafeEqual } from 'node:crypto'

const FORM = /^[0-9a-f]{64}$/

/**
 * Whether `signature` is the HMAC-SHA-256 of the message in lower-case hex (razorpay.com, "Validate webhooks"). Compared
 * in constant time; an empty secret signs nothing.
 */
export function isSigned(message: string | Buffer, signature: string, secret: string): boolean {
  if (!FORM.test(signature) || secret === '') return false
  return timingSafeEqual(Buffer.from(signature, 'hex'), createHmac('sha256', secret).update(message).digest())
}
