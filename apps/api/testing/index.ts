import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { BlockList } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { neverLogged } from '@pramaan/core/testing'
import type { Scope } from '@pramaan/shared'
import { afterAll, expect } from 'vitest'
import { createApp } from '../src/app.ts'
import { type Listening, listen } from '../src/server.ts'
import type { HttpSettings } from '../src/settings.ts'
import { type TestDeps, testDeps } from './deps.ts'

export interface Answer {
  status: number
  headers: Headers
  /** Parsed where it is JSON, else the text. */
  body: unknown
}

export interface CallOptions {
  token?: string
  headers?: Record<string, string>
  /** JSON, unless `raw` is given. */
  body?: unknown
  raw?: string | Uint8Array<ArrayBuffer>
}

/** Somebody with a verified account and a live sign-in. */
export interface Person {
  email: string
  password: string
  userId: string
  advisorId: string
  accessToken: string
  refreshToken: string
  cookie: string
}

export interface Api extends TestDeps {
  url: string
  listening: Listening
  dataDir: string
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Registers an advisor, confirms the address and signs in, through the API. */
  signUp(): Promise<Person>
  /** Somebody of ours with this role. The duty of TOTP is waived for them, as for the demo logins of embedded mode. */
  staff(role: 'reviewer' | 'admin' | 'inspector'): Promise<Person>
  /** Another person of somebody's firm, who owns nothing. */
  memberOf(owner: Person): Promise<Person>
  /** A new API key of somebody's firm. */
  apiKey(owner: Person, scopes: readonly Scope[]): Promise<string>
}

const PASSWORD = 'Correct-horse-battery-9173'

/** The whole API on a free port, over a database of one test file. Closed after its last test. */
export async function testApi(changes: Partial<HttpSettings> = {}): Promise<Api> {
  const parts = await testDeps()
  const dataDir = mkdtempSync(join(tmpdir(), 'pramaan-api-'))
  const settings: HttpSettings = {
    publicUrl: 'http://127.0.0.1:8787',
    corsOrigins: [],
    trustedProxies: new BlockList(),
    compression: true,
    metricsToken: 'metrics-token-of-the-test',
    embedded: true,
    dataDir,
    migrationsDir: fileURLToPath(new URL('../../../packages/db/migrations', import.meta.url)),
    version: '0.1.0',
    ...changes,
  }
  const listening = await listen(createApp({ deps: parts.deps, settings }), { port: 0, host: '127.0.0.1' })
  afterAll(async () => {
    await listening.drain(1_000)
    rmSync(dataDir, { recursive: true, force: true })
  })
  const call = callerOf(listening.url)
  const signIn = async (email: string, ids: { userId: string; advisorId: string }): Promise<Person> => {
    const { status, body, headers } = await call('POST', '/api/auth/login', {
      body: { email, password: PASSWORD },
    })
    expect(status, JSON.stringify(body)).toBe(200)
    const { accessToken, refreshToken } = body as { accessToken: string; refreshToken: string }
    const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    return { email, password: PASSWORD, accessToken, refreshToken, cookie, ...ids }
  }
  const register = async () => {
    const email = `${randomUUID()}@example.test`
    const licences = [{ type: 'MFD', number: `ARN-${Math.floor(Math.random() * 900_000) + 100_000}` }]
    const advisor = { displayName: 'Verma Advisory', licences }
    const body = { email, password: PASSWORD, fullName: 'Asha Verma', advisor, acceptTerms: true }
    const answer = await call('POST', '/api/auth/register', { body })
    expect(answer.status, JSON.stringify(answer.body)).toBe(201)
    const { userId, advisorId } = answer.body as { userId: string; advisorId: string }
    await parts.sql(`update users set status = 'active', email_verified_at = now() where id = $1`, [userId])
    return { email, userId, advisorId }
  }
  return {
    ...parts,
    url: listening.url,
    listening,
    dataDir,
    call,
    async signUp() {
      const { email, ...ids } = await register()
      return signIn(email, ids)
    },
    async staff(role) {
      const { email, ...ids } = await register()
      await parts.sql('delete from members where user_id = $1', [ids.userId])
      await parts.sql('update users set role = $2, totp_waived = true where id = $1', [ids.userId, role])
      return signIn(email, ids)
    },
    async memberOf({ advisorId }) {
      const { email, userId } = await register()
      await parts.sql(`update members set advisor_id = $2, role = 'member' where user_id = $1`, [userId, advisorId])
      return signIn(email, { userId, advisorId })
    },
    async apiKey({ accessToken: token }, scopes) {
      const { status, body } = await call('POST', '/api/api-keys', { token, body: { name: 'CRM', scopes } })
      expect(status, JSON.stringify(body)).toBe(201)
      return (body as { key: string }).key
    },
  }
}

/** A client that sends what it is told and nothing else. */
export const callerOf =
  (url: string): Api['call'] =>
  async (method, path, { token, headers = {}, body, raw } = {}) => {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    })
    const text = await response.text()
    neverLogged(
      token,
      ...secretsOf(body),
      ...secretsOf(parsed(text)),
      response.headers.get('set-cookie')?.split(/[=;]/)[1],
    )
    return { status: response.status, headers: response.headers, body: parsed(text) }
  }

/** What people send and get that belongs in no log: passwords, tokens, codes, addresses, numbers, names of people. */
function secretsOf(body: unknown): unknown[] {
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([name, value]) =>
    SECRET_FIELDS.has(name) ? [value].flat() : typeof value === 'object' ? secretsOf(value) : [],
  )
}

const SECRET_FIELDS = new Set(
  [
    'password',
    'currentPassword',
    'newPassword',
    'token',
    'accessToken',
    'refreshToken',
    'totp',
    'secret',
    'uri',
  ].concat(['recoveryCodes', 'key', 'email', 'inspectorEmail', 'phone', 'pin', 'fullName']),
)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Asserts a problem answer: its code, its status, its shape, and that it can be found in the log. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code } })
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  const { type, title, detail, requestId } = answer.body as Record<string, unknown>
  expect([typeof type, typeof title, typeof detail]).toEqual(['string', 'string', 'string'])
  expect(requestId).toBe(answer.headers.get('x-request-id'))
}
