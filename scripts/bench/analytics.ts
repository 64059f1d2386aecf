import { randomBytes } from 'node:crypto'
import { cpus, loadavg } from 'node:os'
import { countFacts } from '@pramaan/core/analytics'
import type { Ctx } from '@pramaan/core/platform/context'
import { createDb, type Db } from '@pramaan/db'
import pg from 'pg'
import { type BenchFirm, fillFacts } from './analytics-facts.ts'
import { quantile } from './check.ts'
import { cpuTimes } from './cpu.ts'
import { signEverybodyIn } from './operations.ts'
import { startOurs } from './programs.ts'
import { type Person, seed } from './seed.ts'
import { startWorld } from './world.ts'

/**
 * `node scripts/bench/analytics.ts [facts]`: two years of 2,000 firms. How long they take to be filled in, what it costs to
 * count a day, and how long each report takes over HTTP with 16 requests under way. A hundred firms have the same data
 * whatever the size of the table, so that runs of two sizes show what the table alone costs.
 */
const facts = Number(process.argv[2] ?? 1_000_000)
const PROBES = 100
const PROBE_FACTS = 5_000
const CONNECTIONS = 16
const REQUESTS = 800
const WARM_UP = 100
const DAYS_COUNTED = 12
/** What the reports below look at is rolled up before. */
const DAYS_REPORTED = 400

const say = (text: string) => process.stdout.write(`${text}\n`)
const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
const spread = (values: number[], unit: string, digits: number) => {
  const sorted = values.toSorted((a, b) => a - b)
  const [median, p95, most] = [quantile(sorted, 0.5), quantile(sorted, 0.95), sorted.at(-1) ?? 0].map((value) =>
    value.toFixed(digits),
  )
  return `median ${median}, p95 ${p95}, longest ${most} ${unit}`
}

/** Sizes that fall off as those of firms do: the first of the others has some thirty times what the middle one has. */
function firmsOf(people: readonly Person[]): BenchFirm[] {
  const weights = people.map((_, index) => (index < PROBES ? 0 : (index - PROBES + 1) ** -0.5))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const rest = facts - PROBES * PROBE_FACTS
  return people.map(({ advisorId }, index) => ({
    advisorId,
    facts: index < PROBES ? PROBE_FACTS : Math.round((rest * (weights[index] ?? 0)) / total),
  }))
}

/** What counting needs of a context. */
const countingCtx = (db: Db): Ctx =>
  ({
    db,
    actor: { kind: 'system', name: 'bench' },
    advisorId: null,
    requestId: randomBytes(8).toString('hex'),
    ip: null,
    now: () => new Date(),
    wakeRelay: () => undefined,
  }) as unknown as Ctx

async function countDays(db: Db): Promise<void> {
  const today = Date.now()
  const dayBack = (days: number) => new Date(today - days * 86_400_000).toISOString().slice(0, 10)
  const count = (from: string, to: string) => countFacts(countingCtx(db), { recount: { from, to } })
  const times: number[] = []
  for (let back = 10; times.length < DAYS_COUNTED; back += 30)
    times.push(await secondsOf(() => count(dayBack(back), dayBack(back))))
  say(`one day counted from scratch for all firms: ${spread(times, 's', 2)} (${DAYS_COUNTED} days)`)
  const all = await secondsOf(() => count(dayBack(DAYS_REPORTED), dayBack(0)))
  say(`the last ${DAYS_REPORTED} days counted: ${all.toFixed(0)} s, ${(all / DAYS_REPORTED).toFixed(2)} s a day`)
}

async function measure(
  port: number,
  path: string,
  tokens: readonly string[],
): Promise<{ times: number[]; refused: number }> {
  const times: number[] = []
  let refused = 0
  const total = WARM_UP + REQUESTS
  let next = 0
  const worker = async () => {
    while (next < total) {
      const index = next++
      const authorization = `Bearer ${tokens[index % tokens.length]}`
      const began = performance.now()
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } })
      const body = await answer.text()
      // On a busy machine a request may hear 503: it is told apart, and its time is no answer's.
      if (answer.status === 503) refused++
      else if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`)
      else if (index >= WARM_UP) times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  return { times, refused }
}

const before = loadavg()[0] ?? 0
const stops: (() => Promise<unknown>)[] = []
try {
  const world = await startWorld({ folder: null, keep: false })
  stops.unshift(world.stop)
  const { people } = await seed(world.adminUrl, world.env, 10_000, () => undefined)
  const firms = firmsOf(people)
  const admin = new pg.Client({ connectionString: world.adminUrl })
  await admin.connect()
  stops.unshift(() => admin.end())
  const filled = await fillFacts(admin, firms)
  say(
    `${filled.facts.toLocaleString('en')} facts of ${firms.length} firms: COPY ${filled.seconds.copy.toFixed(0)} s, indexes and vacuum ${filled.seconds.indexes.toFixed(0)} s`,
  )
  const db = createDb({ url: String(world.env.DATABASE_URL), max: 4, statementTimeoutMs: 120_000 })
  stops.unshift(() => db.close())
  await countDays(db)
  await admin.query('vacuum analyze')
  const access = await signEverybodyIn(people, world.env)
  stops.unshift(async () => access.close())
  const api = await startOurs(world.env, null)
  stops.unshift(api.stop)
  const watched = { app: api.pid, postgres: world.pids.postgres, redis: world.pids.redis }
  const tokensOf = async (some: Person[]) => (await access.tokens(some)).map(({ accessToken }) => accessToken)
  const year = `from=${new Date(Date.now() - 364 * 86_400_000).toISOString().slice(0, 10)}`
  const [probes, others] = [await tokensOf(people.slice(0, PROBES)), await tokensOf(people.slice(PROBES))]
  const largest = await tokensOf(people.slice(PROBES, PROBES + 50))
  for (const report of ['overview', 'engagement', 'trends', 'compliance', 'rows']) {
    const kind = report === 'rows' ? 'kind=message.read&limit=100&' : ''
    const path = `/api/analytics/${report}?${kind}`
    // The limit of requests is not what is measured.
    const ask = async (query: string, tokens: string[]) => {
      await admin.query('truncate rate_windows')
      const used = cpuTimes(watched)
      const { times, refused } = await measure(api.port, `${path}${query}`, tokens)
      const { app, postgres } = cpuTimes(watched)
      const each = (ms: number) => (ms / (WARM_UP + REQUESTS)).toFixed(1)
      return `${spread(times, 'ms', 1)}; CPU ${each(app - used.app)} + ${each(postgres - used.postgres)} ms (API + PostgreSQL); ${refused} refused`
    }
    say(`${report}, 30 days, firms at large: ${await ask('', others)}`)
    say(`${report}, a year, firms of ${PROBE_FACTS} facts: ${await ask(year, probes)}`)
    say(`${report}, a year, the 50 largest: ${await ask(year, largest)}`)
  }
  say(
    `${CONNECTIONS} requests under way, ${cpus().length} cores; load before ${before.toFixed(1)}, after ${loadavg()[0]?.toFixed(1)}`,
  )
} finally {
  for (const stop of stops) await stop()
}
