import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { accountOf } from './credentials.ts'
import type { Gateway } from './gateway.ts'
import { createOrder, createRefund } from './payments.ts'
import { badKey, badRequest, noSuchId, noSuchUrl, RazorpayError } from './razorpay-error.ts'
import type { Account, Customer, Plan } from './state.ts'
import {
  cancelSubscription,
  createSubscription,
  ownPlan,
  ownSubscription,
  pauseSubscription,
  resumeSubscription,
  updateSubscription,
} from './subscriptions.ts'

const MAX_NOTES = 15

/** Empty notes come back as a list: Razorpay is written in PHP. */
const Notes = z
  .record(z.string(), z.union([z.string(), z.number()]).transform(String))
  .refine(
    (notes) => Object.keys(notes).length <= MAX_NOTES,
    'Number of fields in notes should be less than or equal to 15',
  )
  .transform((notes) => (Object.keys(notes).length === 0 ? ([] as []) : notes))
  .prefault({})
const Amount = z.number().int().min(100)
const Seconds = z.number().int().positive()
const Flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean)

const NewPlan = z
  .strictObject({
    period: z.enum(['daily', 'weekly', 'monthly', 'quarterly', 'yearly']),
    interval: z.number().int().min(1),
    item: z.strictObject({
      name: z.string().min(1),
      amount: Amount,
      currency: z.literal('INR'),
      description: z.string().optional(),
    }),
    notes: Notes,
  })
  .refine(
    ({ period, interval }) => period !== 'daily' || interval >= 7,
    'For daily plans the interval must be at least 7',
  )
const NewCustomer = z.strictObject({
  name: z.string().optional(),
  email: z.string().optional(),
  contact: z.string().optional(),
  gstin: z.string().optional(),
  fail_existing: z.union([z.string(), z.number(), z.boolean()]).optional(),
  notes: Notes,
})
const NewSubscription = z.strictObject({
  plan_id: z.string(),
  total_count: z.number().int().min(1),
  quantity: z.number().int().min(1).default(1),
  start_at: Seconds.optional(),
  expire_by: Seconds.optional(),
  customer_notify: Flag.default(true),
  notes: Notes,
})
const Update = z.strictObject({
  plan_id: z.string().optional(),
  quantity: z.number().int().min(1).optional(),
  remaining_count: z.number().int().min(1).optional(),
  offer_id: z.string().optional(),
  schedule_change_at: z.enum(['now', 'cycle_end']).default('now'),
  customer_notify: Flag.default(true),
})
const Cancel = z.strictObject({ cancel_at_cycle_end: Flag.default(false) })
const PauseNow = z.strictObject({ pause_at: z.literal('now').default('now') })
const ResumeNow = z.strictObject({ resume_at: z.literal('now').default('now') })
const NewOrder = z.strictObject({
  amount: Amount,
  currency: z.literal('INR'),
  receipt: z.string().max(40).optional(),
  notes: Notes,
})
const NewRefund = z.strictObject({
  amount: Amount.optional(),
  speed: z.enum(['normal', 'optimum']).default('normal'),
  receipt: z.string().max(40).optional(),
  notes: Notes,
})
const IdempotencyKey = /^[A-Za-z0-9_-]{10,}$/

type Env = { Bindings: HttpBindings; Variables: { account: Account } }

/** The API below `/v1`: what the product calls. Anything that is not here is refused as Razorpay refuses it. */
export function createApiRoutes(gateway: Gateway): Hono<Env> {
  const app = new Hono<Env>()
  app.use('*', async (c, next) => {
    const account = accountOf(gateway, c.req.header('authorization'))
    if (!account) throw badKey()
    c.set('account', account)
    await next()
    // The time of an answer is the account's time, as is every time in it.
    c.header('date', new Date(gateway.clock.now(account.id)).toUTCString())
  })
  addPlanRoutes(app, gateway)
  addSubscriptionRoutes(app, gateway)
  addMoneyRoutes(app, gateway)
  app.all('*', () => {
    throw noSuchUrl()
  })
  app.onError((error) => {
    if (error instanceof RazorpayError) return Response.json(error.body, { status: error.status })
    process.stderr.write(`${error.stack}\n`)
    return Response.json({ error: { code: 'SERVER_ERROR', description: 'The double is broken.' } }, { status: 500 })
  })
  return app
}

function addPlanRoutes(app: Hono<Env>, gateway: Gateway): void {
  const { plans, customers } = gateway.state
  app.post('/plans', async (c) => {
    const { item, ...input } = await read(c, NewPlan)
    const account = c.get('account').id
    const now = gateway.now(account)
    const wire: Plan['wire'] = {
      id: gateway.ids.next('plan'),
      entity: 'plan',
      interval: input.interval,
      period: input.period,
      item: {
        id: gateway.ids.next('item'),
        active: true,
        name: item.name,
        description: item.description ?? null,
        amount: item.amount,
        unit_amount: item.amount,
        currency: item.currency,
        type: 'plan',
        unit: null,
        tax_inclusive: false,
        hsn_code: null,
        sac_code: null,
        tax_rate: null,
        tax_id: null,
        tax_group_id: null,
        created_at: now,
        updated_at: now,
      },
      notes: input.notes,
      created_at: now,
    }
    plans.set(wire.id, { account, wire })
    return c.json(wire)
  })
  app.get('/plans', (c) => c.json(listOf(c, plans)))
  app.get('/plans/:id', (c) => c.json(ownPlan(gateway, c.get('account'), c.req.param('id')).wire))

  app.post('/customers', async (c) => {
    const { fail_existing: failExisting, ...input } = await read(c, NewCustomer)
    const account = c.get('account').id
    const same = [...customers.values()].find(
      (one) =>
        one.account === account &&
        one.wire.email === (input.email ?? null) &&
        one.wire.contact === (input.contact ?? null),
    )
    if (same) {
      if (String(failExisting ?? '1') === '0') return c.json(same.wire)
      throw badRequest('Customer already exists for the merchant')
    }
    const wire: Customer['wire'] = {
      id: gateway.ids.next('cust'),
      entity: 'customer',
      name: input.name ?? null,
      email: input.email ?? null,
      contact: input.contact ?? null,
      gstin: input.gstin ?? null,
      notes: input.notes,
      created_at: gateway.now(account),
    }
    customers.set(wire.id, { account, wire })
    return c.json(wire)
  })
  app.get('/customers', (c) => c.json(listOf(c, customers)))
  app.get('/customers/:id', (c) => c.json(own(c, customers)))
  app.put('/customers/:id', async (c) => {
    const wire = own(c, customers)
    const { fail_existing: _, notes, ...input } = await read(c, NewCustomer)
    return c.json(Object.assign(wire, input, Array.isArray(notes) ? {} : { notes }))
  })
}

function addSubscriptionRoutes(app: Hono<Env>, gateway: Gateway): void {
  const mine = (c: Context<Env>) => ownSubscription(gateway, c.get('account'), c.req.param('id') ?? '')
  const planned = (c: Context<Env>) => {
    const subscription = mine(c)
    if (subscription.scheduledPlan === null) throw badRequest('There are no scheduled changes for this subscription.')
    return { subscription, planId: subscription.scheduledPlan }
  }
  app.post('/subscriptions', async (c) =>
    c.json(createSubscription(gateway, c.get('account'), await read(c, NewSubscription)).wire),
  )
  app.get('/subscriptions', (c) => c.json(listOf(c, gateway.state.subscriptions, ['plan_id'])))
  app.get('/subscriptions/:id', (c) => c.json(mine(c).wire))
  app.patch('/subscriptions/:id', async (c) => {
    const subscription = mine(c)
    updateSubscription(gateway, c.get('account'), subscription, await read(c, Update))
    return c.json(subscription.wire)
  })
  app.get('/subscriptions/:id/retrieve_scheduled_changes', (c) => {
    const { subscription, planId } = planned(c)
    return c.json({ ...subscription.wire, plan_id: planId })
  })
  app.post('/subscriptions/:id/cancel_scheduled_changes', (c) => {
    const { subscription } = planned(c)
    subscription.scheduledPlan = null
    return c.json(Object.assign(subscription.wire, { has_scheduled_changes: false, change_scheduled_at: null }))
  })
  app.post('/subscriptions/:id/cancel', async (c) => {
    const subscription = mine(c)
    const { cancel_at_cycle_end: atCycleEnd } = await read(c, Cancel)
    cancelSubscription(gateway, subscription, { atCycleEnd, by: 'self' })
    return c.json(subscription.wire)
  })
  app.post('/subscriptions/:id/pause', async (c) => {
    await read(c, PauseNow)
    const subscription = mine(c)
    pauseSubscription(gateway, subscription, 'self')
    return c.json(subscription.wire)
  })
  app.post('/subscriptions/:id/resume', async (c) => {
    await read(c, ResumeNow)
    const subscription = mine(c)
    resumeSubscription(gateway, subscription, 'self')
    return c.json(subscription.wire)
  })
}

function addMoneyRoutes(app: Hono<Env>, gateway: Gateway): void {
  const { invoices, orders, payments, refunds } = gateway.state
  app.get('/invoices', (c) => c.json(listOf(c, invoices, ['subscription_id', 'payment_id'])))
  app.get('/invoices/:id', (c) => c.json(own(c, invoices)))

  app.post('/orders', async (c) => c.json(createOrder(gateway, c.get('account').id, await read(c, NewOrder)).wire))
  app.get('/orders', (c) => c.json(listOf(c, orders, ['receipt'])))
  app.get('/orders/:id', (c) => c.json(own(c, orders)))
  app.get('/orders/:id/payments', (c) => {
    const { id } = own(c, orders)
    return c.json(collection([...payments.values()].filter(({ wire }) => wire.order_id === id).map(({ wire }) => wire)))
  })

  app.get('/payments', (c) => c.json(listOf(c, payments)))
  app.get('/payments/:id', (c) => c.json(own(c, payments)))
  app.post('/payments/:id/refund', async (c) => {
    const key = c.req.header('x-refund-idempotency')
    if (key !== undefined && !IdempotencyKey.test(key)) throw badRequest('The idempotency key is not valid.')
    return c.json(createRefund(gateway, c.get('account'), c.req.param('id'), await read(c, NewRefund), key).wire)
  })
  app.get('/payments/:id/refunds', (c) => {
    const { id } = own(c, payments)
    return c.json(
      collection([...refunds.values()].filter(({ wire }) => wire.payment_id === id).map(({ wire }) => wire)),
    )
  })
  app.get('/refunds', (c) => c.json(listOf(c, refunds, ['payment_id'])))
  app.get('/refunds/:id', (c) => c.json(own(c, refunds)))
}

async function read<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw badRequest('The request body is not valid JSON.')
  }
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const extra = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  if (extra !== undefined) throw badRequest(`${extra} is/are not required and should not be sent`)
  throw badRequest(issue?.message ?? 'The input is invalid.', issue?.path.join('.'))
}

interface Record_<Wire> {
  account: string
  wire: Wire
}

function own<Wire>(c: Context<Env>, records: Map<string, Record_<Wire>>): Wire {
  const found = records.get(c.req.param('id') ?? '')
  if (found?.account !== c.get('account').id) throw noSuchId()
  return found.wire
}

const collection = (items: unknown[]) => ({ entity: 'collection', count: items.length, items })

/** Newest first; `count` 10 (at most 100), `skip`, `from` and `to` by the time of creation, and equality filters. */
function listOf<Wire extends { created_at: number }>(
  c: Context<Env>,
  records: Map<string, Record_<Wire>>,
  filters: (keyof Wire & string)[] = [],
) {
  const query = c.req.query()
  for (const name of Object.keys(query)) {
    if (!['count', 'skip', 'from', 'to', ...filters].includes(name)) {
      throw badRequest(`${name} is/are not required and should not be sent`)
    }
  }
  const number = (name: string, otherwise: number) => (query[name] === undefined ? otherwise : Number(query[name]))
  const count = number('count', 10)
  const skip = number('skip', 0)
  if (!(count >= 1 && count <= 100)) throw badRequest('The count must be between 1 and 100.', 'count')
  const wanted = [...records.values()]
    .filter((one) => one.account === c.get('account').id)
    .map((one) => one.wire)
    .filter((wire) => filters.every((name) => query[name] === undefined || wire[name] === query[name]))
    .filter((wire) => wire.created_at >= number('from', 0) && wire.created_at <= number('to', Number.MAX_SAFE_INTEGER))
  return collection(wanted.toReversed().slice(skip, skip + count))
}
