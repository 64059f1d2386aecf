import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { schema } from '@pramaan/db'
import { and, eq, max, sql } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { afterAll, expect, test, vi } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createWebhookClient } from '../clients/webhook/index.ts'
import { runStage } from '../compliance/index.ts'
import { createContent } from '../content/index.ts'
import {
  addEndpoint,
  listEndpoints,
  pumpEvents,
  removeEndpoint,
  replayEvents,
  sendWebhook,
  sweepDeliveries,
} from './index.ts'

interface Received {
  headers: IncomingHttpHeaders
  body: string
}
const received: Received[] = []
let answer = 200
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
  response.writeHead(answer).end()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
afterAll(() => server.close())

/** The pump waits for every transaction of the cluster that was open, those of other test files included. */
const SEEN_WITHIN_MS = 120_000
vi.setConfig({ testTimeout: SEEN_WITHIN_MS + 30_000 })

const world = await testWorld({ clients: { webhook: createWebhookClient({ allowPrivate: true, timeoutMs: 2_000 }) } })
const HANDLERS = { 'delivery.pump-events': pumpEvents, 'delivery.send-webhook': sendWebhook }
const { outgoingMessages } = schema
const DAY = 24 * 3_600_000

async function look(): Promise<void> {
  world.clock.advance(6_000)
  await pumpEvents(world.ctx(), {})
}

/** Looks at the log until all that is there now was taken: transactions of other databases of the server delay that. */
async function pump(): Promise<void> {
  const [newest] = await world.db.read.select({ id: max(schema.auditEntries.id) }).from(schema.auditEntries)
  await vi.waitFor(
    async () => {
      await look()
      const [row] = await world.db.read.select().from(schema.eventPump)
      expect(row?.doneThrough).toBeGreaterThanOrEqual(newest?.id ?? 0n)
    },
    { timeout: SEEN_WITHIN_MS, interval: 20 },
  )
  await world.drainJobs(HANDLERS)
}

async function listening(events: Parameters<typeof addEndpoint>[1]['events'] = ['content.approved']) {
  const firm = await makeAdvisor(world, { autoApproveClean: true })
  const endpoint = await addEndpoint(firm.owner(), { url, events })
  await pump()
  received.length = 0
  answer = 200
  return { firm, endpoint }
}

let written = 0
/** Has a text approved that no test has used before, and that holds nothing that the rules could read something into. */
async function approveText(firm: TestAdvisor): Promise<string> {
  const content = `A monthly SIP builds the habit of saving.${' Stay calm.'.repeat(++written)}`
  const { contentId } = await createContent(firm.owner(), { content, submit: true })
  await world.drainJobs({ 'compliance.run-stage': runStage })
  return contentId
}

/** A step as it stands in the audit log. */
const note = ({ advisorId }: TestAdvisor, action: string, objectId: string, detail: object) =>
  world.db.pool.query({
    text: `insert into audit_entries (advisor_id, action, object_type, object_id, body) values ($1, $2, 'object', $3, $4)`,
    values: [advisorId, action, objectId, JSON.stringify({ outcome: 'done', detail })],
  })

const messagesOf = (firm: TestAdvisor) =>
  world.db.read.select().from(outgoingMessages).where(eq(outgoingMessages.advisorId, firm.advisorId))

test('an event arrives once, signed after Standard Webhooks, at its own firm only, and only where it is wanted', async () => {
  const { firm, endpoint } = await listening()
  const other = await listening(['content.rejected'])
  const contentId = await approveText(firm)
  await pump()
  await pump()
  expect(received).toHaveLength(1)
  const [one] = received as [Received]
  const headers = one.headers as Record<string, string>
  // The clock of this world stands at another time than the library's, which checks the age too.
  const { Date: RealDate } = globalThis
  globalThis.Date = class extends RealDate {
    static override now = () => world.clock.now().getTime()
  } as DateConstructor
  try {
    const event = new Webhook(endpoint.secret).verify(one.body, headers) as { type: string; data: object }
    expect(event).toMatchObject({ type: 'content.approved', data: { objectId: contentId, to: 'approved' } })
    expect(() => new Webhook(other.endpoint.secret).verify(one.body, headers)).toThrow()
    expect(() => new Webhook(endpoint.secret).verify(`${one.body} `, headers)).toThrow()
  } finally {
    globalThis.Date = RealDate
  }
  expect(await messagesOf(firm)).toMatchObject([{ state: 'delivered', attempts: 1, lastStatus: 200 }])
})

test('what is not taken is tried again later under the same id, and stops when it is', async () => {
  const { firm, endpoint } = await listening()
  await approveText(firm)
  answer = 500
  await pump()
  expect(received).toHaveLength(1)
  const [message] = await messagesOf(firm)
  expect(message).toMatchObject({ state: 'waiting', attempts: 1, lastStatus: 500 })
  const again = { advisorId: firm.advisorId, messageId: message?.id ?? '' }
  await sendWebhook(world.ctx(), again)
  expect(received).toHaveLength(1)
  answer = 204
  world.clock.advance(5_000)
  await sendWebhook(world.ctx(), again)
  await sendWebhook(world.ctx(), again)
  expect(received).toHaveLength(2)
  expect(received[0]?.headers['webhook-id']).toBe(received[1]?.headers['webhook-id'])
  expect((await listEndpoints(firm.owner(), {})).items).toMatchObject([{ id: endpoint.id, failingSince: null }])
})

test('an endpoint that takes nothing for five days is disabled, its owners are told, and a replay brings it back', async () => {
  const { firm, endpoint } = await listening()
  await approveText(firm)
  answer = 500
  const from = new Date(Date.now() - DAY).toISOString()
  await pump()
  world.clock.advance(6 * DAY)
  const [message] = await messagesOf(firm)
  await sendWebhook(world.ctx(), { advisorId: firm.advisorId, messageId: message?.id ?? '' })
  expect((await listEndpoints(firm.owner(), {})).items).toMatchObject([{ state: 'disabled' }])
  expect(await messagesOf(firm)).toMatchObject([{ state: 'failed' }])
  expect(await world.auditActions(endpoint.id)).toEqual(['webhook_endpoint.added', 'webhook_endpoint.disabled'])
  answer = 200
  const to = new Date(Date.now() + DAY).toISOString()
  expect(await replayEvents(firm.owner(), { id: endpoint.id, from, to })).toEqual({ events: 1 })
  await world.drainJobs(HANDLERS)
  expect(await messagesOf(firm)).toMatchObject([{ id: message?.id, state: 'delivered' }])
  expect((await listEndpoints(firm.owner(), {})).items).toMatchObject([{ state: 'active' }])
})

test('an endpoint that says it is gone is disabled at once; one that is removed takes its events with it', async () => {
  const { firm, endpoint } = await listening()
  await approveText(firm)
  answer = 410
  await pump()
  expect((await listEndpoints(firm.owner(), {})).items).toMatchObject([{ state: 'disabled' }])
  const other = await makeAdvisor(world)
  await expect(removeEndpoint(other.owner(), { id: endpoint.id })).rejects.toMatchObject({ code: 'not_found' })
  await removeEndpoint(firm.owner(), { id: endpoint.id })
  expect(await messagesOf(firm)).toEqual([])
})

test('word of messages that were sent, delivered, read or failed arrives with their ids, and changes of the plan too', async () => {
  const { firm } = await listening(['delivery.delivered', 'delivery.read', 'delivery.failed', 'subscription.changed'])
  const campaignId = world.ctx().newId()
  const [one, two, three] = [1, 2, 3].map(() => world.ctx().newId())
  const deliveries = { sent: [three], delivered: [one], read: [two] }
  await note(firm, 'campaign.progressed', campaignId, { now: { sent: 1 }, deliveries })
  await note(firm, 'delivery.failed', one ?? '', { campaignId, errorCode: 131026 })
  await note(firm, 'subscription.activated', 'sub', {})
  await note(firm, 'delivery.claimed', one ?? '', { campaignId })
  await pump()
  await pump()
  const events = received.map((each) => JSON.parse(each.body))
  expect(events.map((event) => [event.type, event.data.objectId, event.data.detail]).sort()).toEqual([
    ['delivery.delivered', campaignId, { deliveryIds: [one] }],
    ['delivery.failed', one, { campaignId, errorCode: 131026 }],
    ['delivery.read', campaignId, { deliveryIds: [two] }],
    ['subscription.changed', 'sub', {}],
  ])
})

test('an entry that is committed after a later one is not missed', async () => {
  const { firm } = await listening(['content.rejected'])
  const insert = (action: string) =>
    `insert into audit_entries (advisor_id, action, object_type, object_id, body)
     values ('${firm.advisorId}', '${action}', 'content', 'x', '{"outcome":"done"}')`
  const [inserted, committing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow = world.db.transaction(async (tx) => {
    await tx.execute(sql.raw(insert('content.rejected')))
    inserted.resolve()
    await committing.promise
  })
  await inserted.promise
  await world.db.pool.query(insert('content.rejected'))
  for (let looks = 0; looks < 4; looks++) await look()
  expect(await messagesOf(firm)).toEqual([])
  committing.resolve()
  await slow
  await pump()
  expect(await messagesOf(firm)).toHaveLength(2)
})

test('the sweep wakes the pump, one job of it at a time', async () => {
  const { firm } = await listening()
  await approveText(firm)
  await vi.waitFor(
    async () => {
      world.clock.advance(6_000)
      await sweepDeliveries(world.ctx())
      await sweepDeliveries(world.ctx())
      await world.drainJobs(HANDLERS)
      expect(received).toHaveLength(1)
    },
    { timeout: SEEN_WITHIN_MS, interval: 20 },
  )
  const mine = and(eq(outgoingMessages.advisorId, firm.advisorId), eq(outgoingMessages.state, 'delivered'))
  expect(await world.db.read.select().from(outgoingMessages).where(mine)).toHaveLength(1)
})

test('an address that may not be called is refused, and a firm has no more than ten', async () => {
  const firm = await makeAdvisor(world)
  const add = (address: string) => addEndpoint(firm.owner(), { url: address, events: ['content.approved'] })
  await expect(add('http://user:secret@example.com/')).rejects.toMatchObject({ code: 'invalid_input' })
  for (let n = 0; n < 10; n++) await add(`${url}/${n}`)
  await expect(add(url)).rejects.toMatchObject({ code: 'conflict' })
})
