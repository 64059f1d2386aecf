import { cpus, loadavg } from 'node:os'
import pg from 'pg'
import { measureCheck } from './bench/check.ts'
import { type LoadResult, together } from './bench/load-plan.ts'
import { type Operation, operationsOf, signEverybodyIn } from './bench/operations.ts'
import { type Options, readOptions } from './bench/options.ts'
import { type Generator, type Program, startBare, startGenerator, startOurs } from './bench/programs.ts'
import { measureWebhooks } from './bench/razorpay-webhooks.ts'
import { measureRelay } from './bench/relay.ts'
import { type Round, rateOf, table } from './bench/report.ts'
import { type Seeded, seed } from './bench/seed.ts'
import { startWorld } from './bench/world.ts'

/** Enough for the compiler to have seen all of the code, and for every request to have been sent once. */
const WARM_UP_REQUESTS = 4_000
/** The programs take turns this often within a measurement, so that what disturbs the machine disturbs both. */
const TURN_MS = 500
/** The heavy firm sends more than its tier allows, so its window is emptied this often, for both programs. */
const EMPTY_WINDOW_MS = 50

const say = (text: string) => process.stdout.write(`${text}\n`)
type World = Awaited<ReturnType<typeof startWorld>>
/** What is to be undone at the end, newest first. */
type Stops = (() => Promise<unknown>)[]

/** `npm run bench`: what a request costs, beside a bare program that does the same work in the same run. */
async function main(options: Options, stops: Stops): Promise<void> {
  const busy = loadavg()[0] ?? 0
  if (options.only.length === 0) say(measureCheck())
  const world = await startWorld(options)
  stops.unshift(world.stop)
  say(`PostgreSQL (flushes to disk) and ${world.redis}, private, in ${world.folder}`)
  const seeded = await seed(world.adminUrl, world.env, options.rows, (text) => say(`  ${text}`))
  const access = await signEverybodyIn(seeded.people, world.env)
  stops.unshift(async () => access.close())
  const ours = await startOurs(world.env, options.profileFolder)
  stops.unshift(ours.stop)
  // The bare program has no second wall: as superuser it reads past row-level security, so that ours pays for it alone.
  const bare = await startBare({ ...world.env, DATABASE_URL: world.adminUrl })
  stops.unshift(bare.stop)
  const generator = startGenerator(world.env)
  stops.unshift(generator.stop)
  const admin = new pg.Pool({ connectionString: world.adminUrl, max: 2 })
  // Whoever stops the benchmark in the middle takes the server from under it; what was asked fails by itself.
  admin.on('error', () => undefined)
  const windows = keepEmpty(admin, seeded)
  stops.unshift(async () => {
    clearInterval(windows)
    await admin.end()
  })
  const webhookSecret = String(world.env.RAZORPAY_WEBHOOK_SECRETS).split(',')[0] ?? ''
  const operations = operationsOf({
    seeded,
    tokens: access.tokens,
    webhookSecret,
    depth: await depthOf(admin, seeded),
  }).filter(({ name }) => options.only.length === 0 || options.only.includes(name))

  const measured = options.connections.map((connections) => ({ connections, rounds: new Map<Operation, Round[]>() }))
  for (let round = 0; round < options.rounds; round++) {
    for (const { connections, rounds } of measured) {
      for (const operation of operations) {
        const order = round % 2 === 0 ? [ours, bare] : [bare, ours]
        const result = await measureBoth(generator, operation, order, { world, connections, options })
        rounds.set(operation, [...(rounds.get(operation) ?? []), result])
      }
    }
    if (round === options.rounds - 1) await sayRelay(world)
    await admin.query('truncate outbox')
  }
  if (operations.some(({ name }) => name === 'webhook')) {
    say(await measureWebhooks(ours.port, webhookSecret, options.rounds * options.secondsEach))
  }
  for (const { connections, rounds } of measured) say(`\n${table(connections, rounds)}`)
  say(`\n${remarks(busy, options)}`)
}

interface Circumstances {
  world: World
  connections: number
  options: Options
}

async function measureBoth(
  generator: Generator,
  operation: Operation,
  order: Program[],
  { world, connections, options }: Circumstances,
): Promise<Round> {
  const requests = new Map<Program, string[]>()
  for (const program of order) requests.set(program, await operation.requests(program))
  const turn = async (program: Program, warmUpRequests: number, measureMs: number) => {
    const watched = { app: program.pid, ...world.pids }
    const of = requests.get(program) ?? []
    const plan = { port: program.port, connections, requests: of, warmUpRequests, measureMs, watched }
    const result = await generator.run(plan)
    const refused = Object.entries(result.refused).map(([status, times]) => `${times} times ${status}`)
    if (refused.length > 0) throw new Error(`${operation.name}, ${program.name}: ${refused.join(', ')}`)
    return result
  }
  for (const program of order) await turn(program, WARM_UP_REQUESTS, 0)
  const results = { ours: [] as LoadResult[], bare: [] as LoadResult[] }
  for (let measuredMs = 0; measuredMs < options.secondsEach * 1_000; measuredMs += TURN_MS) {
    for (const program of order) results[program.name].push(await turn(program, 2 * connections, TURN_MS))
  }
  const [ours, bare] = [together(results.ours), together(results.bare)]
  const share = (rateOf(ours) / rateOf(bare)).toFixed(2)
  say(`  ${operation.name.padEnd(8)} ${Math.round(rateOf(ours))} and ${Math.round(rateOf(bare))} requests/s, ${share}`)
  return { ours, bare }
}

/** Keeps the heavy firm's window empty: no tier allows what is measured here. */
function keepEmpty(admin: pg.Pool, { heavy }: Seeded): NodeJS.Timeout {
  const values = [[`advisor:${heavy.advisorId}`, `bare:${heavy.advisorId}`]]
  const empty = () => admin.query({ name: 'empty', text: 'delete from rate_windows where key = any($1)', values })
  return setInterval(() => void empty().catch(() => undefined), EMPTY_WINDOW_MS)
}

/** Five sixths of the heavy firm's texts: 100,000 of 120,000 in a table of a million. */
async function depthOf(admin: pg.Pool, { heavy }: Seeded): Promise<number> {
  const { rows } = await admin.query<{ texts: string }>(
    'select count(*) as texts from contents where advisor_id = $1',
    [heavy.advisorId],
  )
  return Math.min(100_000, Math.floor((Number(rows[0]?.texts) * 5) / 600) * 100)
}

async function sayRelay(world: World): Promise<void> {
  const relay = await measureRelay(String(world.env.DATABASE_URL))
  if (relay)
    say(`  relay    ${Math.round(relay.jobsPerSecond)} jobs/s from the outbox into pg-boss (${relay.moved} jobs)`)
}

function remarks(busy: number, options: Options): string {
  const lines = [
    'Both remember a token that was verified, ask Redis for the session and PostgreSQL for the standing and the data, count',
    'the limit by leases, and commit with fsync. "CPU us" is CPU time of a request in microseconds, from /proc.',
    'Every share is the median over the rounds of our rate divided by the bare rate of the same round.',
  ]
  if (busy > cpus().length / 4) {
    lines.push(
      `The machine was busy with other work (load ${busy.toFixed(1)} at the start): repeat this when it is idle.`,
    )
  }
  if (options.profileFolder) lines.push('A CPU profile was taken: ours is slower for it.')
  return lines.join('\n')
}

const stops: Stops = []
let stopping: Promise<void> | undefined
const stopAll = () => {
  stopping ??= (async () => {
    for (let stop = stops.shift(); stop; stop = stops.shift()) await stop()
  })()
  return stopping
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(1)))
try {
  await main(readOptions(process.argv.slice(2)), stops)
} catch (error) {
  process.exitCode = 1
  if (!stopping) process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
}
await stopAll()
process.exit()
