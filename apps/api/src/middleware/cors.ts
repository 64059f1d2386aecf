import type { IncomingMessage } from 'node:http'

const EXPOSED = 'ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'

/** Headers that open an answer to a configured origin; nothing for any other, and never a wildcard. */
export function corsHeaders(incoming: IncomingMessage, origins: readonly string[]): Record<string, string> {
  if (origins.length === 0) return {}
  const { origin } = incoming.headers
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED,
  }
}

/** What a preflight of a configured origin hears besides `corsHeaders`; null for anybody else. */
export function preflightHeaders(incoming: IncomingMessage, origins: readonly string[]): Record<string, string> | null {
  const { origin } = incoming.headers
  if (origin === undefined || !origins.includes(origin)) return null
  return {
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers':
      'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Advisor-Id, X-Request-Id',
    'access-control-max-age': '600',
  }
}
