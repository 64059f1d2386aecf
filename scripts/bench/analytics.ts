import { randomBytes } from 'node:crypto'
import { cpus, loadavg } from 'node:os'
import { countFacts } from '@pramaan/core/analytics'
import type { Ctx } from '@pramaan/core/platform/context'
import { createDb, type Db } from '@pramaan/db'
import pg from 'pg'
import { fillBusiness } from './analytics-business.ts'
import { type BenchFirm, fillFacts } from './analytics-facts.ts'
import { type Asking, ask, spread } from './analytics-reports.ts'
import { signEverybodyIn } from './operations.ts'
import { startOurs } from './programs.ts'
import { type Person, seed } from './seed.ts'
import { startWorld } from './world.ts'

/**
 * `node scripts/bench/analytics.ts [facts]`: two years of 2,000 firms. How long they take to be filled in, what it costs to
 * count a day, and how long each report takes over HTTP with 16 requests under way. A hundred firms have the same data
 * whatever the size of the table, so that runs of two sizes show what the table alone costs. How far it is stands on
 * standard error.
 */
const facts = Number(process.argv[2] ?? 1_000_000)
const PROBES = 100
const PROBE_FACTS = 5_000
const CONNECTIONS = 16
const REQUESTS = 800
const WARM_UP = 100
const DAYS_COUNTED = 12
/** What the reports below look at is rolled up before: a year, and the year that it is compared with. */
const DAYS_REPORTED = 730

const say = (text: string) => process.stdout.write(`${text}\n`)
const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
/** How far it is, beside what was measured. */
const began = performance.now()
const progress = (text: string) =>
  process.stderr.write(`[${((performance.now() - began) / 60_000).toFixed(1)} min] ${text}\n`)

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
  const count = (from: string, to: string) => countFacts(countingCtx(db), { recount: { from, to } })
  progress('counting single days')
  const times: number[] = []
  for (let back = 10; times.length < DAYS_COUNTED; back += 30)
    times.push(await secondsOf(() => count(dayBack(back), dayBack(back))))
  say(`one day counted from scratch for all firms: ${spread(times, 's', 2)} (${DAYS_COUNTED} days)`)
  progress(`counting ${DAYS_REPORTED} days`)
  const all = await secondsOf(() => count(dayBack(DAYS_REPORTED), dayBack(0)))
  say(`the last ${DAYS_REPORTED} days counted: ${all.toFixed(0)} s, ${(all / DAYS_REPORTED).toFixed(2)} s a day`)
}

const dayBack = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
const MONTH = ''
const YEAR = `from=${dayBack(364)}`
const LONGEST = `from=${dayBack(394)}`

/** Each report of a firm, for firms of different sizes. */
function reportsOfFirms(tokens: Record<'probes' | 'others' | 'largest', string[]>): Asking[] {
  const load = { connections: CONNECTIONS, requests: REQUESTS, warmUp: WARM_UP }
  return ['overview', 'engagement', 'trends', 'compliance', 'rows'].flatMap((report) => {
    const path = `/api/analytics/${report}?${report === 'rows' ? 'kind=message.read&limit=100&' : ''}`
    return [
      { ...load, title: `${report}, 30 days, firms at large`, path: path + MONTH, tokens: tokens.others },
      { ...load, title: `${report}, a year, firms of ${PROBE_FACTS} facts`, path: path + YEAR, tokens: tokens.probes },
      { ...load, title: `${report}, a year, the 50 largest`, path: path + YEAR, tokens: tokens.largest },
    ]
  })
}

/** The numbers of the platform, which few people ask for: one request after another, and four under way. */
function reportsOfPlatform(tokens: string[]): Asking[] {
  const once = { connections: 1, requests: 30, warmUp: 5, tokens }
  const platform = '/api/analytics/platform?'
  return [
    { ...once, title: 'platform, 30 days, one after another', path: platform + MONTH },
    { ...once, title: 'platform, 13 months, one after another', path: platform + LONGEST },
    { ...once, connections: 4, title: 'platform, 13 months, four under way', path: platform + LONGEST },
    { ...once, title: 'churn, one after another', path: '/api/analytics/churn?limit=100' },
  ]
}

const before = loadavg()[0] ?? 0
const stops: (() => Promise<unknown>)[] = []
try {
  const world = await startWorld({ folder: null, keep: false })
  stops.unshift(world.stop)
  progress('filling in firms')
  const { people } = await seed(world.adminUrl, world.env, 10_000, () => undefined)
  const firms = firmsOf(people)
  const admin = new pg.Client({ connectionString: world.adminUrl })
  await admin.connect()
  stops.unshift(() => admin.end())
  const filled = await fillFacts(admin, firms, progress)
  say(
    `${filled.facts.toLocaleString('en')} facts of ${firms.length} firms: COPY ${filled.seconds.copy.toFixed(0)} s, indexes and vacuum ${filled.seconds.indexes.toFixed(0)} s`,
  )
  progress('filling in money and reviews')
  const userId = await fillBusiness(admin)
  const db = createDb({ url: String(world.env.DATABASE_URL), max: 4, statementTimeoutMs: 120_000 })
  stops.unshift(() => db.close())
  await countDays(db)
  progress('vacuum')
  await admin.query('vacuum analyze')
  progress('starting the API')
  const staff = { userId, advisorId: '' }
  const access = await signEverybodyIn([...people, staff], world.env)
  stops.unshift(async () => access.close())
  const api = await startOurs(world.env, null)
  stops.unshift(api.stop)
  const target = {
    ...{ admin, port: api.port },
    watched: { app: api.pid, postgres: world.pids.postgres, redis: world.pids.redis },
  }
  const tokensOf = async (some: Person[]) => (await access.tokens(some)).map(({ accessToken }) => accessToken)
  const askings = [
    ...reportsOfFirms({
      probes: await tokensOf(people.slice(0, PROBES)),
      others: await tokensOf(people.slice(PROBES)),
      largest: await tokensOf(people.slice(PROBES, PROBES + 50)),
    }),
    ...reportsOfPlatform(await tokensOf([staff])),
  ]
  for (const asking of askings) {
    progress(`asking for ${asking.title}`)
    say(await ask(asking, target))
  }
  say(
    `${CONNECTIONS} requests under way for firms, ${cpus().length} cores; load before ${before.toFixed(1)}, after ${loadavg()[0]?.toFixed(1)}`,
  )
} finally {
  for (const stop of stops) await stop()
}
