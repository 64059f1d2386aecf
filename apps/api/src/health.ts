import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportStatus, logStatus } from '@pramaan/core/audit'
import { describeError } from '@pramaan/core/platform/log'
import { appliedMigrations } from '@pramaan/core/platform/migrate-database'
import { QUEUE_NAMES } from '@pramaan/core/platform/queue'
import { answer, type Handler, type Http } from './http.ts'

const CHECK_TIMEOUT_MS = 2_000

type State = 'ok' | 'failed'

/** GET /livez: the process answers. It asks nobody else, so that an outage elsewhere does not get it restarted. */
export const livez: Handler = (call) => json(call, 200, { status: 'ok' })

/**
 * GET /readyz: whether requests can be served: database, Redis, queue and migrations; 503 while one fails or we drain.
 * `audit` tells how the sealing of the log stands, and whether its checkpoints get out. It is an alarm, not a reason to take an API out that works.
 */
export const readyz: Handler = async (call) => {
  const { http } = call
  const [database, redis, queue, migrations, audit] = await Promise.all([
    check(http, 'database', async () => (await http.deps.db.pool.query('select 1')).rowCount === 1),
    check(http, 'redis', async () => (await http.deps.redis.ping()) === 'PONG'),
    check(http, 'queue', () => queuesExist(http)),
    check(http, 'migrations', () => migrationsApplied(http)),
    inTime(auditState(http)).catch(() => null),
  ])
  const checks = { database, redis, queue, migrations }
  const ready = http.accepting && Object.values(checks).every((state) => state === 'ok')
  const status = ready ? 'ok' : http.accepting ? 'failed' : 'draining'
  return json(call, ready ? 200 : 503, { status, checks, audit }, ready ? undefined : { 'retry-after': '2' })
}

async function auditState({ deps }: Http) {
  const [log, exports] = await Promise.all([
    logStatus(deps.db),
    exportStatus(deps.db, deps.settings.auditExports, deps.now()),
  ])
  return { ...log, exports }
}

const json = (call: Parameters<Handler>[0], status: number, body: unknown, headers?: Record<string, string>) =>
  answer(call, status, JSON.stringify(body), {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  })

async function check(http: Http, name: string, holds: () => Promise<boolean>): Promise<State> {
  try {
    return (await inTime(holds())) ? 'ok' : 'failed'
  } catch (error) {
    http.deps.log.warn({ check: name, ...describeError(error) }, 'not ready')
    return 'failed'
  }
}

/** What a promise gives, unless it takes too long. */
async function inTime<Result>(promise: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

async function queuesExist(http: Http): Promise<boolean> {
  const { rows } = await http.deps.db.pool.query<{ found: string }>(
    'select count(*) as found from pgboss.queue where name = any($1)',
    [QUEUE_NAMES],
  )
  return Number(rows[0]?.found) === QUEUE_NAMES.length
}

/** Exactly those of our journal: fewer means that the migration has not run yet, more that this code is older than the data. */
async function migrationsApplied(http: Http): Promise<boolean> {
  const [applied, known] = await Promise.all([
    appliedMigrations(http.deps.db.pool),
    journalLength(http.settings.migrationsDir),
  ])
  return applied === known
}

async function journalLength(folder: string): Promise<number> {
  const journal = JSON.parse(await readFile(join(folder, 'meta', '_journal.json'), 'utf8')) as {
    entries: unknown[]
  }
  return journal.entries.length
}
