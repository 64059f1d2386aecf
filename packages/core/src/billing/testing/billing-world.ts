import { randomBytes, randomUUID } from 'node:crypto'
import { schema } from '@pramaan/db'
import { asc, eq } from 'drizzle-orm'
import { inject } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../../testing/factories.ts'
import { fixedClock, type JobHandlers, testWorld, type World } from '../../../testing/index.ts'
import type { MailClient } from '../../clients/mail/index.ts'
import { createRazorpayClient } from '../../clients/razorpay/index.ts'
import type { Ctx } from '../../platform/context.ts'
import {
  applyRazorpayEvent,
  receiveRazorpayWebhook,
  runReconciliation,
  sendDunning,
  sendRefund,
  subscribe,
  sweepBilling,
} from '../index.ts'

export const HANDLERS: JobHandlers = {
  'billing.apply-event': applyRazorpayEvent,
  'billing.reconcile': runReconciliation,
  'billing.refund': sendRefund,
  'billing.dunning': sendDunning,
}

export const WEBHOOK_SECRET = 'whsec_of_the_tests'
/** Longer than a busy machine holds up the double. */
const PATIENT_MS = 10_000
const IMPATIENT_MS = 2_000
const DAY_MS = 86_400_000

interface Event {
  id: string
  event: string
  headers: Record<string, string>
  body: string
}

type Entity = Record<string, unknown> & { id: string; status: string; amount: number }

/** A database, and an account of its own at the double, whose time goes with the clock of the world, whatever day it is. */
export interface BillingWorld extends World {
  account: string
  control<Answer = unknown>(path: string, body?: unknown): Promise<Answer>
  fault(kind: string, match: Record<string, unknown>, more?: Record<string, unknown>): Promise<void>
  /** The same context with a client that soon gives up waiting for an answer. */
  impatient(ctx: Ctx): Ctx
  /** Moves both clocks; the double charges, retries and expires on the way. */
  advance(days: number): Promise<void>
  /** Events that the double made since last time. */
  newEvents(): Promise<Event[]>
  /** Takes these webhooks in, in this order, and runs all jobs. */
  deliver(events: Event[], runJobs?: () => Promise<unknown>): Promise<void>
  /** Takes in all that is new. */
  catchUp(): Promise<void>
  /** One turn of the sweep with the jobs that it causes; no webhook. */
  poll(): Promise<void>
  /** A firm with a paid monthly mandate. */
  subscribed(tier?: 'basic' | 'standard' | 'pro', method?: string): Promise<TestAdvisor & { razorpayId: string }>
  rows(advisor: TestAdvisor): Promise<(typeof schema.subscriptions.$inferSelect)[]>
  money(advisor: TestAdvisor): Promise<Money>
  tierOf(advisor: TestAdvisor): Promise<string | undefined>
  truth(): Promise<{ subscriptions: Entity[]; payments: Entity[]; refunds: Entity[] }>
}

export interface Money {
  payments: string[]
  /** Per account of the ledger. */
  balance: Record<string, number>
  refunds: { amountPaise: number; state: string }[]
  documents: string[]
}

export async function billingWorld(options: { mail?: MailClient } = {}): Promise<BillingWorld> {
  const { mail } = options
  const account = `acc_${randomBytes(7).toString('hex')}`
  const keyId = `rzp_test_${randomBytes(7).toString('hex')}`
  const keySecret = randomUUID()
  const base = inject('emulators').razorpay

  async function control<Answer>(path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${base}/__ctl${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answer
  }

  const clock = fixedClock()
  const now = clock.now().toISOString()
  await control('/accounts', { accountId: account, keyId, keySecret, webhookSecret: WEBHOOK_SECRET, now })
  const clientWaiting = (timeoutMs: number) =>
    createRazorpayClient({ baseUrl: base, keyId, keySecret, webhookSecrets: [WEBHOOK_SECRET], timeoutMs })
  const razorpay = clientWaiting(PATIENT_MS)
  const world = await testWorld({ clients: { razorpay, ...(mail && { mail }) }, clock })
  const seen = new Set<string>()

  const newEvents = async () => {
    const all = await control<Event[]>(`/deliveries?account=${account}`)
    const fresh = all.filter(({ id }) => !seen.has(id))
    for (const { id } of fresh) seen.add(id)
    return fresh
  }
  const receive = ({ body, headers }: Event) =>
    receiveRazorpayWebhook(world.ctx({ kind: 'anonymous' }), {
      rawBody: body,
      signature: headers['x-razorpay-signature'] ?? '',
      eventId: headers['x-razorpay-event-id'] ?? '',
    })
  const deliver = async (events: Event[], runJobs: () => Promise<unknown> = () => world.drainJobs(HANDLERS)) => {
    for (const event of events) await receive(event)
    await runJobs()
  }
  const rows = (advisor: TestAdvisor) =>
    world.db.read
      .select()
      .from(schema.subscriptions)
      .where(eq(schema.subscriptions.advisorId, advisor.advisorId))
      .orderBy(asc(schema.subscriptions.id))

  return {
    ...world,
    account,
    control,
    newEvents,
    deliver,
    rows,
    fault: async (kind, match, more = {}) => {
      await control('/faults', { kind, match: { account, ...match }, ...more })
    },
    impatient: (ctx) => ({ ...ctx, clients: { ...ctx.clients, razorpay: clientWaiting(IMPATIENT_MS) } }),
    async advance(days) {
      world.clock.advance(days * DAY_MS)
      await control('/clock', { account, advance_s: days * 86_400 })
    },
    catchUp: async () => deliver(await newEvents()),
    async poll() {
      await sweepBilling(world.ctx())
      await world.drainJobs(HANDLERS)
    },
    async subscribed(tier = 'standard', method = 'upi') {
      const advisor = await makeAdvisor(world)
      const { checkout } = await subscribe(advisor.owner(), { plan: tier })
      const razorpayId = String(checkout?.razorpaySubscriptionId)
      await control(`/subscriptions/${razorpayId}/authenticate`, { method })
      await deliver(await newEvents())
      return { ...advisor, razorpayId }
    },
    money: (advisor) => moneyOf(world, advisor),
    async tierOf({ advisorId }) {
      const [row] = await world.db.read.select().from(schema.advisors).where(eq(schema.advisors.id, advisorId))
      return row?.tier
    },
    truth: () => control(`/ledger?account=${account}`),
  }
}

export async function moneyOf(world: World, { advisorId }: { advisorId: string }): Promise<Money> {
  const { ledgerEntries, payments, refunds, taxDocuments } = schema
  const [paid, entries, back, documents] = await Promise.all([
    world.db.read.select().from(payments).where(eq(payments.advisorId, advisorId)),
    world.db.read.select().from(ledgerEntries).where(eq(ledgerEntries.advisorId, advisorId)),
    world.db.read.select().from(refunds).where(eq(refunds.advisorId, advisorId)),
    world.db.read.select().from(taxDocuments).where(eq(taxDocuments.advisorId, advisorId)),
  ])
  const balance: Record<string, number> = {}
  for (const { account, amountPaise } of entries) balance[account] = (balance[account] ?? 0) + amountPaise
  return {
    payments: paid.map(({ razorpayPaymentId }) => razorpayPaymentId).sort(),
    balance,
    refunds: back.map(({ amountPaise, state }) => ({ amountPaise, state })),
    documents: documents.map(({ kind, source }) => `${kind} ${source}`).sort(),
  }
}
