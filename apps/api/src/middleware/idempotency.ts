import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Idempotency } from '@pramaan/core/platform/context'
import { AppError } from '@pramaan/core/platform/errors'

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * The `Idempotency-Key` of a write, bound to its route and to the exact request.
 *
 * @param body the raw body, or the hash of one that is held elsewhere
 *
 * @throws AppError `invalid_input` for a key that is empty, too long or not printable ASCII
 */
export function idempotencyOf(
  incoming: IncomingMessage,
  operation: string,
  body: Buffer | string,
): Idempotency | undefined {
  const key = incoming.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new AppError('invalid_input', 'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.')
  }
  const requestHash = createHash('sha256').update(`${incoming.method} ${incoming.url}\n`).update(body).digest('hex')
  return { key, operation, requestHash, replayed: false }
}
