import { neverLogged } from '@pramaan/core/testing'
import { expect } from 'vitest'

export const OWNER = { email: 'owner@demo.pramaan.test', password: 'demo-Pramaan-2026' }

/** No request may hang for longer, whatever is broken. */
export const ANSWER_LIMIT_MS = 10_000

export interface Answer<Body = Record<string, unknown>> {
  status: number
  headers: Headers
  body: Body
  tookMs: number
}

export interface Asked {
  token?: string | undefined
  key?: string | undefined
  body?: unknown
}

/** One request. @throws TypeError where nobody listens, DOMException after the limit */
export async function ask<Body = Record<string, unknown>>(
  url: string,
  method: 'GET' | 'POST',
  path: string,
  { token, key, body }: Asked = {},
): Promise<Answer<Body>> {
  const began = performance.now()
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  })
  const text = await response.text()
  const tookMs = performance.now() - began
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Body, tookMs }
}

/** A request that has to succeed. */
export async function get<Body = Record<string, unknown>>(...args: Parameters<typeof ask>): Promise<Body> {
  const answer = await ask<Body>(...args)
  expect(answer.status, `${args[1]} ${args[2]}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  return answer.body
}

export interface Tokens {
  accessToken: string
  refreshToken: string
}

export async function signIn(url: string): Promise<Tokens> {
  const tokens = await get<Tokens>(url, 'POST', '/api/auth/login', { body: OWNER })
  neverLogged(...Object.values(OWNER), tokens.accessToken, tokens.refreshToken)
  return tokens
}

/** What an answer says in short: `201`, or `503 unavailable`. */
export const gist = ({ status, body }: Answer): string =>
  status < 300 ? String(status) : `${status} ${String(body.code)}`

/** A refusal for a moment is a problem document that says when to come again. */
export function expectUnavailable(answer: Answer): void {
  expect(gist(answer)).toBe('503 unavailable')
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
}
