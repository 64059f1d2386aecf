import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshKeys, systemClock, testWorld } from '@pramaan/core/testing'
import { sql } from 'drizzle-orm'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { createWhatsappClient } from '../../packages/core/src/clients/whatsapp/index.ts'
import { createContent } from '../../packages/core/src/content/index.ts'
import { dispatchCampaign } from '../../packages/core/src/delivery/index.ts'
import {
  connectedFirm,
  control,
  deliveriesOf,
  type Firm,
  makeCampaign,
  messagesOf,
} from '../../packages/core/src/delivery/testing/whatsapp-firm.ts'
import { QUEUE_NAMES } from '../../packages/core/src/platform/queue.ts'
import type { NodeProgram } from '../embedded/node-program.ts'
import { startWorker } from './worker-of.ts'

const FEWEST_LIVES = 4
const MOST_LIVES = 10
/** Longer than it takes until jobs of dead workers are free again, as there may be no other. */
const AT_WORK_WITHIN_MS = 60_000
/** From the moment on at which the worker is seen at work. */
const LONGEST_LIFE_MS = 150
const TEXTS_A_LIFE = 8
/** Campaigns that are under way when the killing begins; one more is not. */
const UNDER_WAY = 3
const PEOPLE = 30
const EVERYBODY = (UNDER_WAY + 1) * PEOPLE
/** How long WhatsApp takes for a message: long enough to die meanwhile. */
const CALL_MS = 50
/** Jobs of a dead worker are given to another after their heartbeat and the queue's next look: 10 seconds each. */
const SETTLED_WITHIN_MS = 120_000

const keys = freshKeys()
const app = { version: 'v25.0', appId: 'test-app-id', appSecret: 'test-whatsapp' }
const whatsapp = createWhatsappClient({ baseUrl: inject('emulators').whatsapp, ...app })
const world = await testWorld({ keys, clock: systemClock(), clients: { whatsapp } })
let worker: NodeProgram | undefined
afterAll(() => worker?.stop(0))

/** What died with the workers: their jobs by id, with the queue, and their claims on deliveries. */
interface Lost {
  jobs: Map<string, string>
  claims: Set<string>
}

/**
 * What a worker holds of our queues, besides what dead ones held. Pg-boss has one of its own, for what the schedules send:
 * a job of that is given up after a quarter of an hour only, and the next minute has another.
 */
async function held(lost: Lost): Promise<{ jobs: [id: string, queue: string][]; claims: string[] }> {
  const jobs = await world.db.read.execute<{ id: string; name: string }>(
    sql`select id, name from pgboss.job where state = 'active' and name in ${QUEUE_NAMES}`,
  )
  const claims = await world.db.read.execute<{ id: string }>(sql`select id from deliveries where state = 'claimed'`)
  return {
    jobs: jobs.rows.filter(({ id }) => !lost.jobs.has(id)).map(({ id, name }) => [id, name]),
    claims: claims.rows.map(({ id }) => id).filter((id) => !lost.claims.has(id)),
  }
}

/** Lets a worker live for a random time after it was seen at `work`, then kills it without a word. */
async function liveAndDie(lost: Lost, work: 'jobs' | 'claims'): Promise<void> {
  worker = startWorker(world, keys)
  await vi.waitFor(async () => expect((await held(lost))[work]).not.toEqual([]), {
    timeout: AT_WORK_WITHIN_MS,
    interval: 5,
  })
  await sleep(randomInt(0, LONGEST_LIFE_MS))
  worker.process.kill('SIGKILL')
  await worker.ended
  const { jobs, claims } = await held(lost)
  for (const [id, queue] of jobs) lost.jobs.set(id, queue)
  for (const id of claims) lost.claims.add(id)
}

async function submitTexts(firm: Firm, life: number): Promise<void> {
  for (let index = 0; index < TEXTS_A_LIFE; index++) {
    const content = index % 2 ? `SIP is a habit, number ${life}-${index}.` : `Guaranteed ${life}${index}% every year!`
    await createContent(firm.owner(), { content, submit: true })
  }
}

test('a worker that is killed again and again loses nothing, decides once and sends once', {
  timeout: SETTLED_WITHIN_MS + 240_000,
}, async ({ annotate }) => {
  const firm = await connectedFirm(world)
  const campaigns: { campaignId: string }[] = []
  for (let index = 0; index < UNDER_WAY; index++) campaigns.push(await makeCampaign(world, firm, PEOPLE))
  await world.drainJobs({ 'delivery.dispatch': dispatchCampaign })
  campaigns.push(await makeCampaign(world, firm, PEOPLE))
  const readDeliveries = async () =>
    (await Promise.all(campaigns.map(({ campaignId }) => deliveriesOf(world, firm, campaignId)))).flat()
  const match = { waba: firm.wabaId, path_regex: '/messages$' }
  await control('POST', '/faults', { kind: 'slow', ms: CALL_MS, times: 3 * EVERYBODY, match })
  const lost: Lost = { jobs: new Map(), claims: new Set() }
  const inBoth = () => [...lost.jobs.values()].includes('compliance.run-stage') && lost.claims.size > 0
  let lives = 0
  while (lives < FEWEST_LIVES || (lives < MOST_LIVES && !inBoth())) {
    await submitTexts(firm, lives)
    await liveAndDie(lost, lost.claims.size === 0 ? 'claims' : 'jobs')
    lives += 1
  }
  await annotate(`${lives} lives; ${lost.jobs.size} jobs and ${lost.claims.size} claims died with their workers`)
  expect(inBoth(), 'killed in mid-check and in mid-sending').toBe(true)

  worker = startWorker(world, keys)
  let deliveries = await readDeliveries()
  const settled = vi.waitFor(
    async () => {
      const ids = [...lost.jobs.keys()]
      const unfinished = await world.db.read.execute(
        sql`select name, state, retry_count, started_on, heartbeat_on, start_after, output from pgboss.job
          where id::text in ${ids} and state <> 'completed'`,
      )
      expect(unfinished.rows).toEqual([])
      const waiting = await world.db.read.execute(sql`select id from contents where status = 'checking'`)
      expect(waiting.rows).toEqual([])
      deliveries = await readDeliveries()
      expect(deliveries).toHaveLength(EVERYBODY)
      // What a worker was about when it died stays claimed, and is asked about; it is never sent blindly.
      const unsettled = deliveries.filter((row) => row.state !== 'accepted')
      expect(unsettled.map(({ id }) => id).toSorted()).toEqual([...lost.claims].toSorted())
      // On a slow machine the first of these claims have run out by now.
      expect(unsettled.filter(({ state }) => state !== 'claimed' && state !== 'unknown')).toEqual([])
    },
    { timeout: SETTLED_WITHIN_MS, interval: 250 },
  )
  const ended = worker.ended.then((how) => Promise.reject(new Error(`the last worker did not stay alive: ${how}`)))
  await Promise.race([settled, ended])

  const messages = (await messagesOf(firm)).map(({ callbackData }) => callbackData)
  expect(new Set(messages).size).toBe(messages.length)
  const accepted = deliveries.filter((row) => row.state === 'accepted').map((row) => row.id)
  expect(accepted.filter((id) => !messages.includes(id))).toEqual([])
  const decisions = await world.db.read.execute<{ decided: number; entries: number }>(sql`
    select (select count(*) from verdicts v where v.content_id = c.id)::int as decided,
      (select count(*) from audit_entries a where a.object_id = c.id::text and a.action in
        ('content.approved', 'content.changes_required'))::int as entries
    from contents c where c.advisor_id = ${firm.advisorId}`)
  expect(decisions.rows.filter(({ decided, entries }) => decided !== 1 || entries > 1)).toEqual([])
  expect(decisions.rows).toHaveLength(lives * TEXTS_A_LIFE + campaigns.length)
})
