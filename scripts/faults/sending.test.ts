import { setTimeout as sleep } from 'node:timers/promises'
import { freshKeys, systemClock, testWorld } from '@pramaan/core/testing'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { createWhatsappClient } from '../../packages/core/src/clients/whatsapp/index.ts'
import { createCampaign, importRecipients, receiveWhatsappWebhook } from '../../packages/core/src/delivery/index.ts'
import { shuffled } from '../../packages/core/src/delivery/testing/shuffled.ts'
import {
  approvedContent,
  connectedFirm,
  control,
  type Firm,
  newWebhooks,
} from '../../packages/core/src/delivery/testing/whatsapp-firm.ts'
import type { NodeProgram } from '../embedded/node-program.ts'
import { startWorker } from './worker-of.ts'

/** `SENDS=10000 npx vitest run scripts/faults/sending` is the proof in full; by itself it is small enough for every run. */
const SENDS = Number(process.env.SENDS ?? 240)
const FULL = SENDS > 1_000
const FIRMS = FULL ? 5 : 2
const LIFE_MS = FULL ? 10_000 : 1_500
const LIVES = FULL ? 12 : 3
/** Of each firm. */
const LOST_ANSWERS = FULL ? 20 : 4
const BUSY_ANSWERS = FULL ? 40 : 3
/** What the number may send in a second (the double says STANDARD), in any second. */
const THROUGHPUT = 80
const LIMIT_MS = FULL ? 1_500_000 : 150_000

const keys = freshKeys()
const app = { version: 'v25.0', appId: 'test-app-id', appSecret: 'test-whatsapp' }
const whatsapp = createWhatsappClient({ baseUrl: inject('emulators').whatsapp, ...app })
const world = await testWorld({ keys, clock: systemClock(), clients: { whatsapp } })
let worker: NodeProgram | undefined
afterAll(() => worker?.stop(0))

async function campaignOf(firm: Firm, people: number, index: number): Promise<void> {
  const lines = Array.from(
    { length: people },
    (_, n) => `+919${index}${String(10_000_001 + 2 * n)},all,form,Send me news,2026-11-20`,
  )
  const csv = ['phone,segments,consentSource,consentWording,consentGivenAt', ...lines].join('\n')
  expect(await importRecipients(firm.owner(), { csv })).toMatchObject({ added: people })
  const contentId = await approvedContent(world, firm)
  const match = { waba: firm.wabaId, path_regex: '/messages$' }
  const spread = (nth: number) => ({ match: { ...match, nth }, times: 1 })
  for (let n = 1; n <= LOST_ANSWERS; n++) await control('POST', '/faults', { kind: 'reset_after', ...spread(7 * n) })
  for (let n = 1; n <= BUSY_ANSWERS; n++) await control('POST', '/faults', { kind: 'rate_429', ...spread(11 * n) })
  await control('POST', '/faults', { kind: 'slow', ms: 20, match, times: 3 * people })
  await createCampaign(firm.owner(), { contentId, segment: 'all' })
}

interface Message {
  callbackData: string | null
  receivedAt: number
}
const messagesOf = (firm: Firm): Promise<Message[]> => control('GET', `/messages?waba=${firm.wabaId}`)
const deliveriesOf = (firm: Firm) =>
  world.db.read.select().from(schema.deliveries).where(eq(schema.deliveries.advisorId, firm.advisorId))

/** The most messages within any second. */
function peakOf(messages: Message[]): number {
  const times = messages.map(({ receivedAt }) => receivedAt).sort((one, other) => one - other)
  let first = 0
  return times.reduce((peak, at, index) => {
    while ((times[first] ?? at) <= at - 1_000) first += 1
    return Math.max(peak, index - first + 1)
  }, 0)
}

test('workers that are killed, lost answers, refusals, doubled and shuffled webhooks: nothing goes out twice, and no limit is exceeded', {
  timeout: LIMIT_MS + 60_000,
}, async ({ annotate }) => {
  const firms = await Promise.all(Array.from({ length: FIRMS }, () => connectedFirm(world, { tier: 'pro' })))
  for (const [index, firm] of firms.entries()) await campaignOf(firm, SENDS / FIRMS, index)
  const began = Date.now()
  let lives = 0
  const rows = async () => (await Promise.all(firms.map(deliveriesOf))).flat()
  const isDone = async () => {
    const all = await rows()
    return all.length === SENDS && all.every(({ state }) => state !== 'queued')
  }
  while (lives < LIVES && !(await isDone())) {
    worker = startWorker(world, keys)
    await sleep(LIFE_MS)
    worker.process.kill('SIGKILL')
    await worker.ended
    lives += 1
  }
  worker = startWorker(world, keys)
  await vi.waitFor(async () => expect(await isDone()).toBe(true), { timeout: LIMIT_MS, interval: 1_000 })
  const finishedMs = Date.now() - began

  const byFirm = await Promise.all(firms.map(messagesOf))
  const sent = byFirm.flat().map(({ callbackData }) => callbackData)
  expect(new Set(sent).size).toBe(sent.length)
  const deliveries = await rows()
  const accepted = deliveries.filter(({ state }) => state === 'accepted').map(({ id }) => id)
  expect(accepted.filter((id) => !sent.includes(id))).toEqual([])
  // The others are what died with a worker or lost its answer; nobody sends them again.
  const doubtful = deliveries.filter(({ state }) => state !== 'accepted')
  expect(new Set(doubtful.map(({ state }) => state))).toEqual(
    new Set(['claimed', 'unknown'].filter((state) => doubtful.some((row) => row.state === state))),
  )
  expect(doubtful.length).toBeGreaterThanOrEqual(FIRMS)
  const peak = Math.max(...byFirm.map(peakOf))
  expect(peak).toBeLessThanOrEqual(THROUGHPUT)
  await annotate(
    `${SENDS} sends, ${lives} workers killed, ${sent.length} arrived, ${doubtful.length} in doubt, peak ${peak}/s a number, finished in ${Math.round(finishedMs / 1_000)} s`,
  )

  for (const firm of firms) {
    const webhooks = (await newWebhooks(firm, new Set())).slice(0, 500)
    const doubled = webhooks.flatMap((webhook) => [webhook, webhook])
    for (const webhook of shuffled(doubled, 7)) await receiveWhatsappWebhook(world.ctx({ kind: 'anonymous' }), webhook)
  }
  await vi.waitFor(
    async () => {
      const { webhookEvents } = schema
      const left = world.db.read.select({ id: webhookEvents.id }).from(webhookEvents)
      expect(await left.where(eq(webhookEvents.state, 'received')).limit(1)).toEqual([])
    },
    { timeout: LIMIT_MS, interval: 500 },
  )
  expect((await Promise.all(firms.map(messagesOf))).flat()).toHaveLength(sent.length)
  const now = await rows()
  const climbed = now.filter(({ state }) => ['sent', 'delivered', 'read'].includes(state))
  expect(climbed.length).toBeGreaterThan(0)
  expect(climbed.filter(({ id }) => !sent.includes(id))).toEqual([])
})
