import { createHmac } from 'node:crypto'
import { createAccessTokens, createSessionStore } from '@pramaan/core/identity'
import { Redis } from 'ioredis'
import { UNIQUE } from './load-plan.ts'
import type { Program } from './programs.ts'
import type { Person, Seeded } from './seed.ts'

/** What is measured: requests to send in turn, to ours or to the bare program. */
export interface Operation {
  name: string
  title: string
  /** The least share of the bare program's rate, and what we aim for. */
  must: number
  aim: number
  requests(program: Program): Promise<string[]>
}

/** People who are signed in, with tokens that are good for the next minutes. */
export interface SignedIn {
  person: Person
  accessToken: string
}

/** Signs everybody in, as `auth.login` does behind the password: a session in Redis, and tokens for it when asked. */
export async function signEverybodyIn(
  people: Person[],
  env: Record<string, string>,
): Promise<{ tokens(of: Person[]): Promise<SignedIn[]>; close(): void }> {
  const redis = new Redis(String(env.REDIS_URL), { enableAutoPipelining: true })
  const sessions = createSessionStore({ redis })
  const created = await Promise.all(
    people.map(({ userId }) => sessions.create({ userId, credentialVersion: 1 }, { userAgent: 'bench' })),
  )
  const handles = new Map(created.map(({ session }) => [session.userId, session.handle]))
  const access = await createAccessTokens({
    jwks: String(env.JWT_KEYS),
    issuer: String(env.PUBLIC_URL),
    now: () => new Date(),
  })
  return {
    tokens: (of) =>
      Promise.all(
        of.map(async (person) => {
          const claims = { userId: person.userId, sessionId: handles.get(person.userId) ?? '' }
          return { person, accessToken: (await access.issue(claims)).accessToken }
        }),
      ),
    close: () => redis.disconnect(),
  }
}

const TEXT =
  'नमस्ते! A systematic plan puts aside a fixed sum every month, whatever the market does, and needs no guess about the ' +
  'right day. Start small, raise it when your income grows, and look at it once a year with us. Mutual fund investments ' +
  'are subject to market risks; read all scheme related documents carefully. Reply to this message if you want to talk ' +
  'about what fits your family.'

export interface OperationsOf {
  seeded: Seeded
  tokens(of: Person[]): Promise<SignedIn[]>
  webhookSecret: string
  /** How many rows of the heavy firm lie before the deep page. */
  depth: number
}

export function operationsOf({ seeded, tokens, webhookSecret, depth }: OperationsOf): Operation[] {
  const cursors = new Map<string, string>()
  const reading = async (of: Person[], path: string) =>
    (await tokens(of)).map(({ accessToken }) => request('GET', path, { authorization: `Bearer ${accessToken}` }))
  return [
    {
      name: 'profile',
      title: 'GET /api/advisor/profile',
      must: 0.6,
      aim: 0.85,
      requests: () => reading(seeded.people, '/api/advisor/profile'),
    },
    {
      name: 'create',
      title: 'POST /api/content, submitted',
      must: 0.45,
      aim: 0.6,
      requests: async () =>
        (await tokens(seeded.people)).map(({ accessToken }) =>
          request(
            'POST',
            '/api/content',
            { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
            JSON.stringify({ content: TEXT, language: 'hinglish', topic: 'sip', submit: true }),
          ),
        ),
    },
    {
      name: 'list',
      title: `GET /api/content, ${seeded.authors.length} firms`,
      must: 0.6,
      aim: 0.85,
      requests: () => reading(seeded.authors, '/api/content?limit=20'),
    },
    {
      name: 'first',
      title: 'GET /api/content, heavy firm',
      must: 0.6,
      aim: 0.85,
      requests: () => reading([seeded.heavy], '/api/content?limit=20'),
    },
    {
      name: 'deep',
      title: `  after ${depth.toLocaleString('en')} texts`,
      must: 0.6,
      aim: 0.85,
      async requests(program) {
        const [signedIn] = await tokens([seeded.heavy])
        const cursor = cursors.get(program.name) ?? (await walkTo(depth, program, signedIn?.accessToken ?? ''))
        cursors.set(program.name, cursor)
        return reading([seeded.heavy], `/api/content?limit=20&cursor=${encodeURIComponent(cursor)}`)
      },
    },
    {
      name: 'webhook',
      title: 'POST /webhooks/razorpay, 2 KB',
      must: 0.8,
      aim: 0.9,
      requests: async () => webhooks(webhookSecret),
    },
  ]
}

/** Ten events of 2 KB, of which the last always is the repetition of one that came before. */
function webhooks(secret: string): string[] {
  const entity = {
    id: 'pay_bench',
    amount: 99_900,
    currency: 'INR',
    status: 'captured',
    notes: { filler: 'x'.repeat(1_850) },
  }
  const body = JSON.stringify({ entity: 'event', event: 'payment.captured', payload: { payment: { entity } } })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return Array.from({ length: 10 }, (_, index) =>
    request(
      'POST',
      '/webhooks/razorpay',
      {
        'content-type': 'application/json',
        'x-razorpay-signature': signature,
        'x-razorpay-event-id': index === 9 ? 'evt_repeated' : `evt_${UNIQUE}`,
      },
      body,
    ),
  )
}

function request(method: string, path: string, headers: Record<string, string>, body = ''): string {
  const all = { host: '127.0.0.1', ...headers, ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** The cursor of a deep page, found as a caller finds it: by turning pages. */
async function walkTo(depth: number, { port }: Program, accessToken: string): Promise<string> {
  let cursor = ''
  for (let passed = 0; passed < depth; passed += 100) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await fetch(`http://127.0.0.1:${port}/api/content?limit=100${query}`, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    if (!answer.ok) throw new Error(`page ${passed / 100} answered ${answer.status}: ${await answer.text()}`)
    const page = (await answer.json()) as { nextCursor: string | null }
    if (page.nextCursor === null) throw new Error(`there are only ${passed} texts to page through`)
    cursor = page.nextCursor
  }
  return cursor
}
