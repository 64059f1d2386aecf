import type { IncomingMessage } from 'node:http'
import { AppError } from '@pramaan/core/platform/errors'
import type { HttpSettings } from '../settings.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends the session cookie by itself, so a write that rests on it must come from a page of ours: `Origin` is
 * the public address or a configured one (embedded mode: also the very host that was called).
 *
 * @throws AppError `origin_refused`
 */
export function requireOwnOrigin(incoming: IncomingMessage, settings: HttpSettings): void {
  if (SAFE_METHODS.has(incoming.method ?? '')) return
  const { origin, host } = incoming.headers
  if (origin !== undefined) {
    if (origin === new URL(settings.publicUrl).origin || settings.corsOrigins.includes(origin)) return
    if (settings.embedded && origin === `http://${host}`) return
  }
  throw new AppError('origin_refused', 'A change with the session cookie must come from a page of this site.')
}
