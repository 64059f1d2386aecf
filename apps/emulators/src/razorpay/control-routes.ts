import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { FaultInput } from '../control/faults.ts'
import { clockShape, deliverShape } from '../control/inputs.ts'
import { authenticate, payOpenInvoice } from './cycles.ts'
import type { Gateway } from './gateway.ts'
import { makePayment, settleRefund } from './payments.ts'
import { RazorpayError } from './razorpay-error.ts'
import type { Subscription } from './state.ts'
import { cancelSubscription, pauseSubscription, resumeSubscription } from './subscriptions.ts'

const Target = { account: z.string().optional() }
const Empty = z.strictObject(Target)
const ResetInput = z.strictObject({ ...Target, now: z.iso.datetime().optional() })
const AccountInput = z.strictObject({
  accountId: z.string().regex(/^acc_\w+$/),
  keyId: z.string().min(1),
  keySecret: z.string().min(1),
  webhookUrl: z.url({ protocol: /^https?$/ }).optional(),
  webhookSecret: z.string().default(''),
  now: z.iso.datetime().optional(),
})
const ClockInput = z.strictObject({ ...Target, ...clockShape })
const DeliverInput = z.strictObject({ ...Target, ...deliverShape })
const HoldInput = z.strictObject({ account: z.string(), hold: z.boolean() })
const WebhookInput = z.strictObject({ account: z.string() })
const SecretInput = z.strictObject({ account: z.string(), secret: z.string() })
const EventInput = z.strictObject({
  account: z.string(),
  event: z.string(),
  payload: z.record(z.string(), z.unknown()),
})
const MethodInput = z.strictObject({
  method: z.enum(['card_domestic', 'card_intl', 'upi', 'emandate']).default('card_domestic'),
})
const ChargeInput = z.union([
  z.strictObject({ outcome: z.enum(['success', 'fail']) }),
  z.strictObject({ outcome: z.literal('late'), days: z.number().min(1).max(4) }),
])
const RefundInput = z.strictObject({ result: z.enum(['processed', 'failed']) })

class ControlError extends Error {}

/** What a test, or a person, does to the world below `/__ctl`; described in the README of this app. */
export function createControlRoutes(gateway: Gateway): Hono {
  const app = new Hono()
  addMachineRoutes(app, gateway)
  addWebhookRoutes(app, gateway)
  addWorldRoutes(app, gateway)
  app.all('*', (c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}.` }, 404))
  app.onError((error, c) => {
    if (error instanceof ControlError || error instanceof RazorpayError) return c.json({ error: error.message }, 400)
    process.stderr.write(`${error.stack}\n`)
    return c.json({ error: 'The double itself is broken; see its output.' }, 500)
  })
  return app
}

/** Accounts, time, log and faults. */
function addMachineRoutes(app: Hono, gateway: Gateway): void {
  app.post('/accounts', async (c) => {
    const { accountId: id, keyId, keySecret, webhookUrl, webhookSecret, now } = await read(c, AccountInput)
    const webhook = { url: webhookUrl ?? '', secret: webhookSecret, enabled: webhookUrl !== undefined }
    gateway.state.accounts.set(keyId, { id, keyId, keySecret, webhook })
    if (now !== undefined) gateway.clock.set(id, Date.parse(now))
    return c.json({ id }, 201)
  })
  app.post('/reset', async (c) => {
    const { account, now } = await read(c, ResetInput)
    gateway.reset(account ?? null)
    if (account !== undefined && now !== undefined) gateway.clock.set(account, Date.parse(now))
    return c.json({ ok: true })
  })
  app.get('/clock', (c) => c.json({ now: iso(gateway, c.req.query('account')) }))
  app.post('/clock', async (c) => {
    const { account, now, advance_s: seconds = 0 } = await read(c, ClockInput)
    const until = now === undefined ? seconds * 1_000 : new Date(now).getTime() - gateway.clock.now(account ?? '')
    if (until < 0) throw new ControlError('The clock does not go back.')
    gateway.clock.advance(account ?? null, until)
    return c.json({ now: iso(gateway, account) })
  })
  app.get('/calls', (c) => {
    const { path, since, account } = c.req.query()
    return c.json(gateway.calls.find({ path, since: since === undefined ? undefined : Number(since), account }))
  })
  app.post('/faults/clear', async (c) => {
    gateway.faults.forget((await read(c, Empty)).account ?? null)
    return c.json({ ok: true })
  })
  app.get('/faults', (c) => c.json(gateway.faults.list()))
  app.post('/faults', async (c) => c.json({ id: gateway.faults.add(await read(c, FaultInput)) }, 201))
}

function addWebhookRoutes(app: Hono, gateway: Gateway): void {
  const webhookOf = (account: string) => existing(gateway.accountById(account)?.webhook, 'webhook')
  app.get('/deliveries', (c) => c.json(gateway.webhooks.list(c.req.query('account'))))
  app.post('/deliver', async (c) => {
    const { account, ids, ...options } = await read(c, DeliverInput)
    const pushed = ids
      ? await gateway.webhooks.pushAgain(ids, options)
      : await gateway.webhooks.push(account ?? null, options)
    return c.json({
      deliveries: pushed.map(({ id, event, status, lastStatus, tookMs }) => ({
        id,
        event,
        status,
        lastStatus,
        tookMs,
      })),
    })
  })
  app.post('/webhooks/hold', async (c) => {
    const { account, hold } = await read(c, HoldInput)
    gateway.webhooks.hold(account, hold)
    return c.json({ ok: true })
  })
  app.get('/webhooks', (c) => c.json({ enabled: webhookOf(c.req.query('account') ?? '').enabled }))
  for (const [path, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    app.post(`/webhooks/${path}`, async (c) => {
      webhookOf((await read(c, WebhookInput)).account).enabled = enabled
      return c.json({ enabled })
    })
  }
  app.post('/webhooks/secret', async (c) => {
    const { account, secret } = await read(c, SecretInput)
    webhookOf(account).secret = secret
    return c.json({ ok: true })
  })
  app.post('/events', async (c) => {
    const { account, event, payload } = await read(c, EventInput)
    gateway.webhooks.emit(account, event, payload)
    return c.json({ ok: true })
  })
}

/** What customers, banks and the owner of the account do. */
function addWorldRoutes(app: Hono, gateway: Gateway): void {
  const { orders, payments, refunds, subscriptions } = gateway.state
  const of = (c: Context) => existing(subscriptions.get(c.req.param('id') ?? ''), 'subscription')

  app.post('/subscriptions/:id/authenticate', async (c) =>
    c.json(authenticate(gateway, of(c), (await read(c, MethodInput)).method)),
  )
  app.post('/subscriptions/:id/next_charge', async (c) => {
    of(c).outcomes.push(await read(c, ChargeInput))
    return c.json({ ok: true })
  })
  app.post('/subscriptions/:id/new_card', (c) => {
    payOpenInvoice(gateway, of(c))
    return c.json({ ok: true })
  })
  app.post('/subscriptions/:id/pay_invoice/:invoice', (c) => {
    payOpenInvoice(gateway, of(c), c.req.param('invoice'))
    return c.json({ ok: true })
  })
  app.post('/subscriptions/:id/customer_pause', (c) => {
    tellToken(gateway, of(c), 'paused')
    pauseSubscription(gateway, of(c), 'customer')
    return c.json({ ok: true })
  })
  app.post('/subscriptions/:id/customer_resume', (c) => {
    resumeSubscription(gateway, of(c), 'customer')
    return c.json({ ok: true })
  })
  app.post('/subscriptions/:id/customer_cancel', (c) => {
    tellToken(gateway, of(c), 'cancelled')
    cancelSubscription(gateway, of(c), { atCycleEnd: false, by: 'customer' })
    return c.json({ ok: true })
  })
  app.post('/subscriptions/:id/dashboard_cancel', (c) => {
    cancelSubscription(gateway, of(c), { atCycleEnd: false, by: 'self' })
    return c.json({ ok: true })
  })
  app.post('/orders/:id/pay', async (c) => {
    const order = existing(orders.get(c.req.param('id')), 'order')
    const { method } = await read(c, MethodInput)
    if (order.wire.status === 'paid') throw new ControlError('The order is paid.')
    const payment = makePayment(gateway, order.account, { amount: order.wire.amount, order, method, ok: true })
    return c.json({ paymentId: payment.wire.id })
  })
  app.post('/refunds/:id', async (c) => {
    settleRefund(gateway, existing(refunds.get(c.req.param('id')), 'refund'), (await read(c, RefundInput)).result)
    return c.json({ ok: true })
  })
  /** The truth, for comparison: what was really taken and given back. */
  app.get('/ledger', (c) => {
    const mine = (record: { account: string }) => record.account === c.req.query('account')
    return c.json({
      subscriptions: [...subscriptions.values()].filter(mine).map(({ wire }) => wire),
      payments: [...payments.values()].filter(mine).map(({ wire }) => wire),
      refunds: [...refunds.values()].filter(mine).map(({ wire }) => wire),
    })
  })
}

function tellToken(gateway: Gateway, { account, tokenId, method }: Subscription, status: 'paused' | 'cancelled'): void {
  const recurring_details = { status, failure_reason: null }
  const token = { id: tokenId, entity: 'token', method, recurring: true, recurring_details, max_amount: 1_500_000 }
  gateway.webhooks.emit(account, `token.${status}`, { token })
}

async function read<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new ControlError('The body is not JSON.')
  }
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new ControlError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}

const iso = (gateway: Gateway, account: string | undefined) => new Date(gateway.clock.now(account ?? '')).toISOString()

function existing<T>(found: T | null | undefined, what: string): T {
  if (found === undefined || found === null) throw new ControlError(`There is no such ${what}.`)
  return found
}
