import { createHmac, timingSafeEqual } from 'node:crypto'

const FORM = /^sha256=([0-9a-f]{64})$/

/**
 * Whether `signature`, the header `X-Hub-Signature-256`, is the HMAC-SHA-256 of the raw body under the app's secret
 * (Meta, "Create a webhook endpoint"). Compared in constant time.
 */
export function isSignedByWhatsapp(rawBody: string | Buffer, signature: string, appSecret: string): boolean {
  const given = FORM.exec(signature)?.[1]
  if (given === undefined) return false
  return timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', appSecret).update(rawBody).digest())
}
