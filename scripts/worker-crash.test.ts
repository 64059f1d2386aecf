import { generateKeyPairSync, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshKeys, systemClock, testWorld } from '@pramaan/core/testing'
import { schema } from '@pramaan/db'
import { and, count, eq, sql } from 'drizzle-orm'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { createContent } from '../packages/core/src/content/index.ts'
import {
  connectedFirm,
  deliveriesOf,
  makeCampaign,
  messagesOf,
  realClient,
} from '../packages/core/src/delivery/testing/whatsapp-firm.ts'
import { type NodeProgram, startNodeProgram } from './embedded/node-program.ts'

const LIVES = 6
const LONGEST_LIFE_MS = 600
const TEXTS = 24
const PEOPLE = 60
/** A job of a dead worker is given to another after its heartbeat and the queue's next look: 10 and 15 seconds. */
const SETTLED_WITHIN_MS = 90_000

const keys = freshKeys()
const world = await testWorld({ keys, clock: systemClock(), clients: { whatsapp: realClient() } })
let worker: NodeProgram | undefined
afterAll(() => worker?.stop(0))

function startWorker(): NodeProgram {
  const { smtp, whatsapp } = inject('emulators')
  const jwtKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  return startNodeProgram('apps/worker/src/main.ts', {
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'silent',
      DATABASE_URL: world.url,
      DATABASE_CONNECTIONS: '8',
      REDIS_URL: inject('redis')[0]?.url,
      SMTP_URL: smtp,
      MAIL_FROM: 'Pramaan <no-reply@pramaan.test>',
      KEYRING: keys.keyring.map(({ id, secret }) => `${id}:${secret.toString('base64')}`).join(','),
      AUDIT_SIGNING_KEY: keys.signingKey.toString('base64'),
      JWT_KEYS: JSON.stringify({ keys: [{ ...jwtKey, kid: 'test' }] }),
      RAZORPAY_WEBHOOK_SECRETS: 'test-razorpay',
      WHATSAPP_APP_ID: 'test-app-id',
      WHATSAPP_APP_SECRET: 'test-whatsapp',
      WHATSAPP_VERIFY_TOKEN: 'test-verify',
      WHATSAPP_GRAPH_BASE_URL: whatsapp,
    },
  })
}

/** Lets a worker live for a random time after it has begun to work, then kills it without a word. */
async function liveAndDie(): Promise<void> {
  worker = startWorker()
  const { process: child, ended } = worker
  await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended])
  await sleep(randomInt(0, LONGEST_LIFE_MS))
  child.kill('SIGKILL')
  await ended
}

test('a worker that is killed again and again loses nothing, decides once and sends once', {
  timeout: SETTLED_WITHIN_MS + 60_000,
}, async () => {
  const firm = await connectedFirm(world)
  const { campaignId } = await makeCampaign(world, firm, PEOPLE)
  for (let index = 0; index < TEXTS; index++) {
    const content = index % 2 ? `SIP is a habit, number ${index}.` : `Guaranteed ${index + 10}% returns every year!`
    await createContent(firm.owner(), { content, submit: true })
  }
  for (let life = 0; life < LIVES; life++) await liveAndDie()

  worker = startWorker()
  const { contents } = schema
  const settled = async () => {
    const rows = await world.db.read
      .select({ open: count() })
      .from(contents)
      .where(and(eq(contents.advisorId, firm.advisorId), eq(contents.status, 'checking')))
    const deliveries = await deliveriesOf(world, firm, campaignId)
    expect({ open: rows[0]?.open, made: deliveries.length }).toEqual({ open: 0, made: PEOPLE })
    expect(deliveries.filter((row) => row.state === 'queued')).toEqual([])
  }
  await vi.waitFor(settled, { timeout: SETTLED_WITHIN_MS, interval: 250 })

  const messages = (await messagesOf(firm)).map(({ callbackData }) => callbackData)
  expect(new Set(messages).size).toBe(messages.length)
  const deliveries = await deliveriesOf(world, firm, campaignId)
  const accepted = deliveries.filter((row) => row.state === 'accepted').map((row) => row.id)
  expect(accepted.filter((id) => !messages.includes(id))).toEqual([])
  // What a worker was about when it died stays claimed, and is asked about; it is never sent blindly.
  const unsettled = deliveries.filter((row) => row.state !== 'accepted')
  expect(unsettled.map((row) => row.state)).toEqual(unsettled.map(() => 'claimed'))
  expect(unsettled.length).toBeLessThan(PEOPLE / 2)

  const decisions = await world.db.read.execute<{ decided: number; entries: number }>(sql`
      select (select count(*) from verdicts v where v.content_id = c.id)::int as decided,
        (select count(*) from audit_entries a where a.object_id = c.id::text and a.action in
          ('content.approved', 'content.changes_required'))::int as entries
      from contents c where c.advisor_id = ${firm.advisorId}`)
  expect(decisions.rows.filter(({ decided, entries }) => decided !== 1 || entries > 1)).toEqual([])
  expect(decisions.rows).toHaveLength(TEXTS + 1)
})
