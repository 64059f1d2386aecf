import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem } from '@pramaan/shared'
import { Broken, tell } from './story.ts'

const TIMEOUT_MS = 15_000

export interface Answer<Body> {
  status: number
  body: Body
  headers: Headers
}

/** One person at the API: as a stranger, or with the access token of a sign-in. */
export interface Client {
  get<Body>(path: string): Promise<Body>
  /** A write that should succeed, with an Idempotency-Key of its own. @throws Broken for any other answer */
  send<Body>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Body>
  /** A write that should be refused. @throws Broken when it is done, or refused for another reason */
  refused(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Problem>
  /** Whatever comes. */
  call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>>
}

/** Speaks to the API as any caller would: JSON over HTTP, nothing of ours imported but types. */
export function createClient(url: string, accessToken?: string): Client {
  async function call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const headers: Record<string, string> = {}
    if (accessToken) headers.authorization = `Bearer ${accessToken}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (method !== 'GET') headers['idempotency-key'] = randomUUID()
    const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    for (;;) {
      const response = await fetch(url + path, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) })
      const text = await response.text()
      const waitS = Number(response.headers.get('retry-after'))
      if (response.status !== 429 || !waitS)
        return { status: response.status, body: read(text), headers: response.headers }
      tell(`(The limit of requests is reached; going on in ${waitS} s, as the API asks.)`)
      await sleep(waitS * 1000)
    }
  }

  async function send<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await call<Body>(method, path, body)
    if (answer.status >= 300) throw new Broken(`${method} ${path} succeeds`, answer.body)
    return answer.body
  }

  return {
    call,
    send,
    get: (path) => send('GET', path),
    async refused(method, path, body) {
      const answer = await call<Problem>(method, path, body)
      if (answer.status < 400 || answer.status >= 500) throw new Broken(`${method} ${path} is refused`, answer.body)
      return answer.body
    },
  }
}

/** JSON where it is JSON, else the text itself, as for pages and keys. */
function read<Body>(text: string): Body {
  try {
    return JSON.parse(text) as Body
  } catch {
    return text as Body
  }
}
