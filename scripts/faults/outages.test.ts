import { createHmac, randomInt, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  ANSWER_LIMIT_MS,
  type Answer,
  ask,
  expectUnavailable,
  get,
  gist,
  OWNER,
  signIn,
  type Tokens,
} from './caller.ts'
import { type Installation, type Server, startInstallation } from './installation.ts'
import { bodyOf, type Load, startLoad, type Write } from './load.ts'

const START_LIMIT_MS = 90_000
const RECOVERY_LIMIT_MS = 40_000
/** What a queue may need to give the jobs of a dead connection to somebody else, and to try them again. */
const SETTLED_LIMIT_MS = 60_000
/** Twice the time after which a call to Redis is given up, and room for a busy machine: longer is a hang. */
const HANGS_MS = 10_000
const PROMISE = 'Guaranteed 15% returns every year!'

let here: Installation
let api: Server
beforeAll(async () => {
  here = await startInstallation()
  api = here.servers[0]
}, START_LIMIT_MS)
afterAll(() => here?.stop(), 60_000)

const eventually = <Result>(what: () => Result | Promise<Result>, timeout = RECOVERY_LIMIT_MS) =>
  vi.waitFor(what, { timeout, interval: 100 })

const readiness = (url: string) =>
  ask<{ status: string; checks: Record<string, string> }>(url, 'GET', '/readyz').then(({ status, body }) => ({
    status,
    ...body.checks,
  }))

const READY = { status: 200, database: 'ok', redis: 'ok', queue: 'ok', migrations: 'ok' }

/** A new minute for everybody: each test has its own load. */
const forgetCounts = () => here.postgres.sql('truncate rate_windows')

async function submit(url: string, token: string, content: string): Promise<string> {
  const made = await get(url, 'POST', '/api/content', { token, key: randomUUID(), body: bodyOf(content) })
  return String(made.contentId)
}

const decided = (url: string, token: string, contentId: string, status: string) =>
  eventually(async () => {
    expect(await get(url, 'GET', `/api/content/${contentId}`, { token })).toMatchObject({ status })
  })

const processes = () => [here.worker, ...here.servers.map(({ program }) => program)]
const pids = () => processes().map(({ process: child }) => [child.pid, child.exitCode, child.signalCode])

/** Each of them is there, answers again to its key, and stands there once. */
async function expectKept(url: string, token: string, written: Write[]): Promise<void> {
  await forgetCounts()
  for (let from = 0; from < written.length; from += 20) {
    await Promise.all(
      written.slice(from, from + 20).map(async ({ key, content, contentId }) => {
        expect(await get(url, 'GET', `/api/content/${contentId}`, { token })).toMatchObject({ contentId, content })
        const again = await ask(url, 'POST', '/api/content', { token, key, body: bodyOf(content) })
        expect({ status: again.status, id: again.body.contentId }).toEqual({ status: 201, id: contentId })
        expect(again.headers.get('idempotency-replayed')).toBe('true')
      }),
    )
  }
  const doubles = await here.postgres.sql(
    `select text, count(*)::int as effects from content_versions group by text
     having count(*) > 1 and text like 'A monthly SIP is a habit worth having,%'`,
  )
  expect(doubles).toEqual([])
}

function expectCleanAnswers(load: Load, alsoAllowed: string[] = []): void {
  const allowed = ['200', '201', '503 unavailable', '409 idempotency_in_progress', ...alsoAllowed]
  expect([...load.answers.keys()].filter((answer) => !allowed.includes(answer))).toEqual([])
  for (const answer of load.refused) expectUnavailable(answer)
  expect(load.slowestMs()).toBeLessThan(ANSWER_LIMIT_MS)
}

test('processes that start together on an empty database migrate it once, and all of them work', async () => {
  for (const { url } of here.servers) await eventually(async () => expect(await readiness(url)).toEqual(READY))
  const { accessToken } = await signIn(api.url)
  await decided(api.url, accessToken, await submit(api.url, accessToken, PROMISE), 'changes_required')
  const logins = await here.postgres.sql<{ count: number }>('select count(*)::int as count from users')
  expect(logins).toEqual([{ count: 4 }])
})

test('an API that is older than its database says that it is not ready, and those before it go on', async () => {
  const [newer] = await here.postgres.sql<{ id: number }>(
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('of a later release', 9999999999999) returning id`,
  )
  const older = await here.startApi(api.redis)
  try {
    const notReady = { ...READY, status: 503, migrations: 'failed' }
    await eventually(async () => expect(await readiness(older.url)).toEqual(notReady))
    expect((await ask(older.url, 'GET', '/livez')).status).toBe(200)
  } finally {
    await older.program.stop(5_000)
    await here.postgres.sql('delete from drizzle.__drizzle_migrations where id = $1', [newer?.id])
  }
})

/** Somebody's kill -9: PostgreSQL ends every connection and recovers from its log. */
async function killBackend(): Promise<void> {
  const others = `select pid from pg_stat_activity where backend_type = 'client backend' and usename = 'pramaan_app'`
  const backends = await here.postgres.sql<{ pid: number }>(others)
  process.kill(Number(backends[randomInt(backends.length)]?.pid), 'SIGKILL')
  const gone = backends.map(({ pid }) => pid)
  await eventually(async () => {
    const now = await here.postgres.sql<{ pid: number }>(others)
    expect(now.filter(({ pid }) => gone.includes(pid))).toEqual([])
  })
}

/** Down for as long as it takes until callers have heard of it. */
async function restart(load: Load): Promise<void> {
  await here.postgres.stopAtOnce()
  const before = load.count('503 unavailable')
  await eventually(() => expect(load.count('503 unavailable')).toBeGreaterThan(before + 10))
  await here.postgres.start()
}

test.each([
  ['loses a backend to kill -9', killBackend],
  ['is stopped at once and started again', restart],
])(
  'PostgreSQL %s under load: calls fail cleanly, all recovers by itself, and nothing acknowledged is lost',
  {
    timeout: 2 * RECOVERY_LIMIT_MS,
  },
  async (_, outage) => {
    await forgetCounts()
    const before = pids()
    const { accessToken: token } = await signIn(api.url)
    const load = startLoad(api.url, token)
    onTestFinished(load.abandon)
    await eventually(() => expect(load.written.length).toBeGreaterThan(15))
    await outage(load)
    const lasting = load.written.length
    await eventually(() => expect(load.written.length).toBeGreaterThan(lasting + 15))
    await load.stop()

    expectCleanAnswers(load)
    for (const { url } of here.servers) await eventually(async () => expect(await readiness(url)).toEqual(READY))
    await decided(api.url, token, await submit(api.url, token, PROMISE), 'changes_required')
    expect(pids()).toEqual(before)
    await expectKept(api.url, token, load.written)
  },
)

test('an API that is killed under load does each write once: its callers repeat the key at the next one', {
  timeout: 2 * RECOVERY_LIMIT_MS,
}, async () => {
  await forgetCounts()
  const { accessToken: token } = await signIn(api.url)
  const load = startLoad(api.url, token, { unreachable: true })
  onTestFinished(load.abandon)
  for (const life of [1, 2]) {
    const before = load.written.length
    await eventually(() => expect(load.written.length).toBeGreaterThan(before + 8 + randomInt(8)))
    api.program.process.kill('SIGKILL')
    await api.program.ended
    await eventually(() => expect(load.count('unreachable')).toBeGreaterThan(life))
    api = await here.startApi(api.redis, Number(new URL(api.url).port))
    here.servers[0] = api
  }
  const before = load.written.length
  await eventually(() => expect(load.written.length).toBeGreaterThan(before + 8))
  await load.stop()

  expectCleanAnswers(load, ['unreachable'])
  await expectKept(api.url, token, load.written)
})

/** One command over a bare socket, as an operator's mistake would come. */
const flush = ({ redis }: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(redis.url)
    const socket = connect(Number(port), hostname, () => socket.write('*1\r\n$8\r\nFLUSHALL\r\n'))
    socket.once('error', reject).once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString().trim())
    })
  })

/** A number that may send, people who want to hear, and a text that may go out to them. */
async function readyCampaign(url: string, token: string, people: number) {
  const send = (path: string, body: unknown) => get(url, 'POST', path, { token, key: randomUUID(), body })
  const [wabaId, phoneNumberId] = [`77${randomInt(1e9, 9e9)}`, `88${randomInt(1e9, 9e9)}`]
  await send('/api/whatsapp/connect', {
    code: `signup:${wabaId}:${phoneNumberId}`,
    wabaId,
    phoneNumberId,
    pin: '123456',
  })
  const consent = { source: 'form', wording: 'Yes, write to me.', givenAt: new Date(Date.now() - 60_000).toISOString() }
  const recipients = await Promise.all(
    Array.from({ length: people }, (_, index) =>
      send('/api/recipients', { phone: `+9198765${String(43211 + index)}`, consent }),
    ),
  )
  const contentId = await submit(url, token, 'A monthly SIP is a habit. Mutual fund returns are not guaranteed.')
  await decided(url, token, contentId, 'approved')
  await eventually(async () => {
    const connection = await get(url, 'GET', '/api/whatsapp/connection', { token })
    expect(connection).toMatchObject({ state: 'connected', templateStatus: 'APPROVED' })
  })
  return { contentId, recipientIds: recipients.map(({ id }) => id) }
}

async function signedInAgain(url: string, { accessToken, refreshToken }: Tokens): Promise<string> {
  const ended = await ask(url, 'GET', '/api/advisor/profile', { token: accessToken })
  expect(gist(ended)).toBe('401 session_ended')
  const pair = await get<Tokens>(url, 'POST', '/api/auth/refresh', { body: { refreshToken } })
  expect(pair.refreshToken).not.toBe(refreshToken)
  await get(url, 'GET', '/api/advisor/profile', { token: pair.accessToken })
  return pair.accessToken
}

test('Redis emptied in mid-flight: people refresh their sign-in, and checks and campaigns go on', {
  timeout: 2 * RECOVERY_LIMIT_MS,
}, async () => {
  await forgetCounts()
  const people = 30
  const before = pids()
  const signedIn = await signIn(api.url)
  const { accessToken: token } = signedIn
  const campaign = await readyCampaign(api.url, token, people)
  const made = await get(api.url, 'POST', '/api/campaigns', { token, key: randomUUID(), body: campaign })
  const contentId = await submit(api.url, token, PROMISE)
  expect(await flush(api)).toBe('+OK')

  const renewed = await signedInAgain(api.url, signedIn)
  await decided(api.url, renewed, contentId, 'changes_required')
  await eventually(async () => {
    const path = `/api/campaigns/${made.id}`
    const { state, counts } = await get<{ state: string; counts: Record<string, number> }>(api.url, 'GET', path, {
      token: renewed,
    })
    const arrived = (counts.delivered ?? 0) + (counts.read ?? 0)
    expect({ state, arrived }).toEqual({ state: 'completed', arrived: people })
  })
  expect(pids()).toEqual(before)
})

test('the Redis stand-in emptied in mid-flight: people refresh their sign-in, and checks go on', async () => {
  const { url } = here.servers[1]
  expect(here.servers[1].redis.kind).toBe('standin')
  const signedIn = await signIn(url)
  const contentId = await submit(url, signedIn.accessToken, PROMISE)
  expect(await flush(here.servers[1])).toBe('+OK')
  await decided(url, await signedInAgain(url, signedIn), contentId, 'changes_required')
})

function webhook(url: string): Promise<Response> {
  const body = JSON.stringify({ entity: 'event', event: 'payment.captured', contains: [], payload: {}, created_at: 1 })
  const secret = String(here.settings.RAZORPAY_WEBHOOK_SECRETS)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = { 'x-razorpay-signature': signature, 'x-razorpay-event-id': randomUUID() }
  return fetch(`${url}/webhooks/razorpay`, { method: 'POST', body, headers })
}

test('Redis that does not answer: who needs a session hears so within three seconds, all else goes on', {
  timeout: RECOVERY_LIMIT_MS + 20_000,
}, async () => {
  const { accessToken: token } = await signIn(api.url)
  process.kill(Number(api.redis.pid), 'SIGSTOP')
  try {
    const asked = ['/api/advisor/profile', '/api/content', '/api/advisor/profile'].map((path) =>
      ask(api.url, 'GET', path, { token }),
    )
    const login = ask(api.url, 'POST', '/api/auth/login', {
      body: OWNER,
    })
    const others = Promise.all([ask(api.url, 'GET', '/livez'), webhook(api.url)])
    expect((await others).map(({ status }) => status)).toEqual([200, 200])
    const answers: Answer[] = await Promise.all([...asked, login])
    for (const answer of answers) expectUnavailable(answer)
    expect(Math.max(...answers.slice(0, 3).map(({ tookMs }) => tookMs))).toBeLessThan(HANGS_MS)
    await eventually(async () => expect(await readiness(api.url)).toEqual({ ...READY, status: 503, redis: 'failed' }))
  } finally {
    process.kill(Number(api.redis.pid), 'SIGCONT')
  }
  await eventually(async () => expect(await readiness(api.url)).toEqual(READY))
  await get(api.url, 'GET', '/api/advisor/profile', { token })
})

test('after all of this no text stands undecided, and no job lies where nobody looks', {
  timeout: SETTLED_LIMIT_MS + 10_000,
}, async () => {
  await eventually(async () => {
    const [open] = await here.postgres.sql(
      `select (select count(*)::int from contents where status = 'checking') as checking,
        (select count(*)::int from outbox) as outbox,
        (select count(*)::int from contents c where (select count(*) from verdicts v where v.content_id = c.id) > 1) as twice`,
    )
    expect(open).toEqual({ checking: 0, outbox: 0, twice: 0 })
  }, SETTLED_LIMIT_MS)
  const dead = await here.postgres.sql(`select name from pgboss.job where name like '%.dead'`)
  expect(dead).toEqual([])
})
