import { createHmac, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type NodeProgram, startNodeProgram } from '../embedded/node-program.ts'
import { cpuTimes } from './cpu.ts'
import { startOurs } from './programs.ts'
import { startWorld } from './world.ts'

/**
 * `node scripts/bench/webhooks.ts`: intake of WhatsApp's webhooks at a fixed rate (open loop). A request is due at its time
 * whether earlier ones were answered or not, and its latency counts from then on, so that waiting behind a slow one shows.
 * Most carry one status; every so many carries a thousand. With `--worker` a worker applies them on the same machine.
 *
 * Beside it the raw limit in the same run: the same rows at the same rate, written by this process straight into
 * PostgreSQL, which is what a commit costs on this disk at this moment.
 */
const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    'batch-every': { type: 'string', default: '250' },
    worker: { type: 'boolean', default: false },
  },
})
const [rate, seconds, rounds, batchEvery] = [options.rate, options.seconds, options.rounds, options['batch-every']].map(
  Number,
) as [number, number, number, number]
const BATCH = 1_000
const DELIVERIES = 20_000
const WARM_UP = 2_000
const SOCKETS = 64
const PHONE_NUMBER_ID = '331907246602815'

const say = (text: string) => process.stdout.write(`${text}\n`)

/** A firm with a number and a campaign whose messages were accepted. Triggers, which hold by construction, are not run. */
async function seedDeliveries(adminUrl: string): Promise<string[]> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  const [advisorId, campaignId] = [randomUUID(), randomUUID()]
  const ids = Array.from({ length: DELIVERIES }, () => randomUUID())
  await admin.query(`set session_replication_role = 'replica'`)
  await admin.query(`insert into advisors (id, display_name, tier) values ($1, 'Bench Advisory', 'pro')`, [advisorId])
  await admin.query(
    `insert into whatsapp_connections (advisor_id, id, waba_id, phone_number_id, display_phone_number, access_token, pin,
       state, step, template_status, updated_at)
     values ($1, $2, '1', $3, '+91 98100 55501', 'x', 'x', 'connected', 'done', 'APPROVED', now())`,
    [advisorId, randomUUID(), PHONE_NUMBER_ID],
  )
  await admin.query(
    `insert into campaigns (advisor_id, id, content_id, approval_id, state, recipient_ids, recipient_count, created_by, updated_at)
     values ($1, $2, $2, $2, 'sending', '[]', $3, $2, now())`,
    [advisorId, campaignId, DELIVERIES],
  )
  await admin.query(
    `insert into recipients (advisor_id, id, phone_hash, country, state, updated_at)
     select $1, id, decode(md5(id::text), 'hex'), 'IN', 'active', now() from unnest($2::uuid[]) as t (id)`,
    [advisorId, ids],
  )
  await admin.query(
    `insert into deliveries (advisor_id, id, campaign_id, recipient_id, state, attempts, due_at, created_at, updated_at)
     select $1, id, $2, id, 'accepted', 1, now(), now(), now() from unnest($3::uuid[]) as t (id)`,
    [advisorId, campaignId, ids],
  )
  await admin.query('vacuum analyze')
  await admin.end()
  return ids
}

const LADDER = ['sent', 'delivered', 'read']
let told = 0

/** The next word about the next message: each is sent, delivered and read in turn. */
function nextStatus(deliveryIds: string[]) {
  const id = deliveryIds[told % deliveryIds.length]
  const status = LADDER[Math.floor(told / deliveryIds.length) % LADDER.length]
  told += 1
  return {
    id: `wamid.${id}`,
    status,
    timestamp: String(Math.floor(Date.now() / 1_000)),
    recipient_id: '919876501234',
    recipient_user_id: 'IN.40817263554019283746',
    biz_opaque_callback_data: id,
    ...(status === 'sent' && {
      pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'marketing' },
    }),
  }
}

interface Webhook {
  body: string
  signature: string
}

function webhook(deliveryIds: string[], updates: number, secret: string): Webhook {
  const metadata = { display_phone_number: '919810055501', phone_number_id: PHONE_NUMBER_ID }
  const statuses = Array.from({ length: updates }, () => nextStatus(deliveryIds))
  const value = { messaging_product: 'whatsapp', metadata, statuses }
  const entry = [{ id: '204518830017746', changes: [{ value, field: 'messages' }] }]
  // As Meta writes them: what is not ASCII and every slash are escaped.
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry, unique: randomUUID() }).replaceAll(
    '/',
    '\\/',
  )
  return { body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
}

const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })

/** @returns the status that was answered */
function post(port: number, { body, signature }: Webhook): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature }
    const options = { agent, port, host: '127.0.0.1', method: 'POST', path: '/webhooks/whatsapp' }
    const sent = request(
      { ...options, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** The rows of a webhook, as the inbox writes them, without anything around it. */
async function writeBare(pool: pg.Pool, { body }: Webhook): Promise<number> {
  await pool.query({
    name: 'bare',
    text: `with event as (
        insert into webhook_events (id, source, external_id, body, received_at)
        values ($1, 'whatsapp', $2, $3, now()) returning id
      )
      insert into outbox (queue, payload) select 'bare', jsonb_build_object('eventId', id) from event`,
    values: [randomUUID(), randomUUID(), Buffer.from(body)],
  })
  return 200
}

interface Round {
  p50: number
  p95: number
  p99: number
  worst: number
  /** p95 of those with a thousand updates alone. */
  batchP95: number
  /** How late the generator itself was, at the 95th percentile. */
  lateP95: number
  perSecond: number
  refused: number
}

async function measure(send: (one: Webhook) => Promise<number>, webhooks: Webhook[]): Promise<Round> {
  const began = performance.now()
  const latencies: { ms: number; isBatch: boolean }[] = []
  const late: number[] = []
  let refused = 0
  const asked: Promise<void>[] = []
  for (const [index, one] of webhooks.entries()) {
    const due = began + (index * 1_000) / rate
    const wait = due - performance.now()
    if (wait > 0) await new Promise((resume) => setTimeout(resume, wait))
    late.push(Math.max(0, performance.now() - due))
    const isBatch = index % batchEvery === batchEvery - 1
    asked.push(
      send(one).then((status) => {
        if (status === 200) latencies.push({ ms: performance.now() - due, isBatch })
        else refused += 1
      }),
    )
  }
  await Promise.all(asked)
  const tookMs = performance.now() - began
  const all = latencies.map(({ ms }) => ms)
  const batches = latencies.filter(({ isBatch }) => isBatch).map(({ ms }) => ms)
  return {
    p50: percentile(all, 0.5),
    p95: percentile(all, 0.95),
    p99: percentile(all, 0.99),
    worst: percentile(all, 1),
    batchP95: percentile(batches, 0.95),
    lateP95: percentile(late, 0.95),
    perSecond: (latencies.length / tookMs) * 1_000,
    refused,
  }
}

function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

const ms = (value: number) => `${value.toFixed(1)} ms`

const world = await startWorld({ folder: null, keep: false })
const stops: (() => Promise<unknown>)[] = [world.stop]
try {
  const secret = String(world.env.WHATSAPP_APP_SECRET)
  const deliveryIds = await seedDeliveries(world.adminUrl)
  const api = await startOurs(world.env, null)
  stops.unshift(api.stop)
  const worker: NodeProgram | null = options.worker
    ? startNodeProgram('apps/worker/src/main.ts', { env: { ...world.env } })
    : null
  if (worker) stops.unshift(() => worker.stop(10_000))
  const make = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      webhook(deliveryIds, index % batchEvery === batchEvery - 1 ? BATCH : 1, secret),
    )
  const pool = new pg.Pool({ connectionString: world.adminUrl, max: 16 })
  stops.unshift(() => pool.end())
  const ask = (one: Webhook) => post(api.port, one)
  await measure(ask, make(WARM_UP))
  say(
    `${rate} webhooks a second for ${seconds} s, every ${batchEvery}th with ${BATCH} updates, ${options.worker ? 'with' : 'without'} a worker; ${availableParallelism()} cores`,
  )
  for (let round = 1; round <= rounds; round++) {
    const webhooks = make(rate * seconds)
    const bytes = webhooks.reduce((sum, { body }) => sum + body.length, 0)
    const watched = { app: api.pid, ...world.pids }
    const before = cpuTimes(watched)
    const result = await measure(ask, webhooks)
    const after = cpuTimes(watched)
    const bare = await measure((one) => writeBare(pool, one), make(rate * seconds))
    const { p50, p95, p99, worst, batchP95, lateP95, perSecond, refused } = result
    say(
      `round ${round}: ${perSecond.toFixed(0)}/s answered 200, ${refused} others; p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, worst ${ms(worst)}; of the batches p95 ${ms(batchP95)}; generator late p95 ${ms(lateP95)}; ` +
        `CPU of the API ${((after.app - before.app) / (seconds * 10)).toFixed(0)} % of a core, of PostgreSQL ${((after.postgres - before.postgres) / (seconds * 10)).toFixed(0)} %; ${(bytes / 1_048_576).toFixed(0)} MB; load ${(loadavg()[0] ?? 0).toFixed(1)}`,
    )
    say(
      `  bare: p50 ${ms(bare.p50)}, p95 ${ms(bare.p95)}, p99 ${ms(bare.p99)}; ours has ${(p95 / bare.p95).toFixed(2)} times its p95`,
    )
  }
} finally {
  agent.destroy()
  for (const stop of stops) await stop()
}
process.exit()
