import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { FaultInput } from '../control/faults.ts'
import { clockShape, deliverShape } from '../control/inputs.ts'
import { handshake, verifyApp } from './accounts.ts'
import { changeNumber, receiveMessage, setPreference } from './message-events.ts'
import type { Meta } from './meta.ts'
import type { PhoneNumber, User } from './state.ts'
import { decideTemplate, recategorise, rewrite } from './templates.ts'
import { phoneDigits, userOf } from './users.ts'

/** Which account is meant; both spellings, because Meta calls it a WABA and the product an id. */
const Target = { waba: z.string().optional(), wabaId: z.string().optional() }
const NumberTarget = { ...Target, phoneNumberId: z.string().optional() }

const Empty = z.strictObject(Target)
const ClockInput = z.strictObject({ ...Target, ...clockShape })
const DeliverInput = z.strictObject({ ...Target, ...deliverShape })
const SubscribeInput = z.strictObject({ ...Target, url: z.url({ protocol: /^https?$/ }), verifyToken: z.string() })
const DecideInput = z.strictObject({
  status: z.enum(['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED']),
  reason: z.string().default('NONE'),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']).optional(),
})
const RecategoriseInput = z.strictObject({
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']),
  announced: z.boolean().default(false),
})
const RewriteInput = z.strictObject({ text: z.string().min(1).max(1_024) })
const SayInput = z.union([
  z.strictObject({ ...NumberTarget, text: z.string().min(1).max(4_096) }),
  z.strictObject({
    ...NumberTarget,
    button: z.strictObject({ text: z.string(), payload: z.string() }),
    replyTo: z.string(),
  }),
])
const PreferenceInput = z.strictObject(NumberTarget)
const UserInput = z.strictObject({
  ...Target,
  name: z.string().optional(),
  username: z.string().nullable().optional(),
  hidePhone: z.boolean().optional(),
  onWhatsapp: z.boolean().optional(),
  marketingStopped: z.boolean().optional(),
  marketingCapped: z.boolean().optional(),
})
const NumberInput = z.strictObject({
  registered: z.boolean().optional(),
  quality: z.enum(['GREEN', 'YELLOW', 'RED', 'UNKNOWN']).optional(),
  paymentMissing: z.boolean().optional(),
  verified: z.boolean().optional(),
  ladder: z.enum(['full', 'read_without_delivered', 'delivered_after_read', 'failed_after_sent', 'silent']).optional(),
  windowErrors: z.enum(['sync', 'async']).optional(),
  throughput: z.number().int().min(1).nullable().optional(),
})
const AccountInput = z.strictObject({
  currency: z.string().length(3).optional(),
  dailyPeople: z.number().int().min(0).nullable().optional(),
})
const ChangeNumberInput = z.strictObject({ ...NumberTarget, newPhone: z.string() })
const EventInput = z.strictObject({ field: z.string().min(1), value: z.record(z.string(), z.unknown()) })

const LEAVING = new Set(['PARTNER_REMOVED', 'PARTNER_APP_UNINSTALLED'])

class ControlError extends Error {}

/** What a test does to the world, below `/__ctl`; described in the README of this app. */
export function createControlRoutes(meta: Meta): Hono {
  const app = new Hono()
  addMachineRoutes(app, meta)
  addWorldRoutes(app, meta)
  app.all('*', (c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}.` }, 404))
  app.onError((error, c) => {
    if (error instanceof ControlError) return c.json({ error: error.message }, 400)
    process.stderr.write(`${error.stack}\n`)
    return c.json({ error: 'The double itself is broken; see its output.' }, 500)
  })
  return app
}

/** Time, log, faults and the way of the webhooks. */
function addMachineRoutes(app: Hono, meta: Meta): void {
  app.post('/reset', async (c) => {
    meta.reset(target(await read(c, Empty)))
    return c.json({ ok: true })
  })

  app.get('/clock', (c) => c.json({ now: iso(meta, c.req.query('waba') ?? null) }))
  app.post('/clock', async (c) => {
    const input = await read(c, ClockInput)
    const account = target(input)
    const until = input.now === undefined ? null : new Date(input.now).getTime() - meta.clock.now(account ?? '')
    if (until !== null && until < 0) throw new ControlError('The clock does not go back.')
    meta.clock.advance(account, until ?? (input.advance_s ?? 0) * 1_000)
    return c.json({ now: iso(meta, account) })
  })

  app.get('/calls', (c) => {
    const since = c.req.query('since')
    return c.json(
      meta.calls.find({
        path: c.req.query('path'),
        since: since === undefined ? undefined : Number(since),
        account: c.req.query('waba'),
      }),
    )
  })

  app.get('/faults', (c) => c.json(meta.faults.list()))
  app.post('/faults', async (c) => c.json({ id: meta.faults.add(await read(c, FaultInput)) }, 201))

  app.get('/deliveries', (c) => c.json(meta.webhooks.list(c.req.query('waba'))))
  app.post('/deliver', async (c) => {
    const { ids, mode, seed, parallel, ...input } = await read(c, DeliverInput)
    const options = { mode, seed, parallel }
    await verifyApp(meta)
    const pushed = ids ? await meta.webhooks.pushAgain(ids, options) : await meta.webhooks.push(target(input), options)
    return c.json({
      deliveries: pushed.map(({ id, status, lastStatus, tookMs }) => ({ id, status, lastStatus, tookMs })),
    })
  })

  app.post('/webhook/subscribe', async (c) => {
    const input = await read(c, SubscribeInput)
    const passed = await handshake(input.url, input.verifyToken)
    const account = target(input)
    if (passed && account !== null) existing(meta.state.accounts.get(account), 'account').callback = input
    if (passed && account === null) Object.assign(meta.app, { webhookUrl: input.url, verified: true })
    return c.json({ verified: passed }, passed ? 200 : 400)
  })
}

/** People, numbers, templates and accounts. */
function addWorldRoutes(app: Hono, meta: Meta): void {
  app.post('/templates/:id/decide', async (c) => {
    const template = existing(meta.state.templates.get(c.req.param('id')), 'template')
    decideTemplate(meta, template, await read(c, DecideInput))
    return c.json({ id: template.id, status: template.status })
  })

  app.post('/templates/:id/recategorise', async (c) => {
    const template = existing(meta.state.templates.get(c.req.param('id')), 'template')
    const { category, announced } = await read(c, RecategoriseInput)
    recategorise(meta, template, category, announced)
    return c.json({ id: template.id, category: template.category })
  })
  app.post('/templates/:id/rewrite', async (c) => {
    const template = existing(meta.state.templates.get(c.req.param('id')), 'template')
    rewrite(meta, template, (await read(c, RewriteInput)).text)
    return c.json({ id: template.id })
  })

  app.post('/users/:phone/say', async (c) => {
    const input = await read(c, SayInput)
    const { number, user } = meeting(meta, c.req.param('phone'), input)
    return c.json({ id: receiveMessage(meta, number, user, input) })
  })
  app.post('/users/:phone/change_number', async (c) => {
    const input = await read(c, ChangeNumberInput)
    const { number, user } = meeting(meta, c.req.param('phone'), input)
    changeNumber(meta, number, user, digits(input.newPhone))
    return c.json({ phone: user.phone, bsuid: user.bsuid })
  })
  app.post('/users/:phone/stop', async (c) => {
    const { number, user } = meeting(meta, c.req.param('phone'), await read(c, PreferenceInput))
    setPreference(meta, number, user, 'stop')
    return c.json({ ok: true })
  })
  app.post('/users/:phone/resume', async (c) => {
    const { number, user } = meeting(meta, c.req.param('phone'), await read(c, PreferenceInput))
    setPreference(meta, number, user, 'resume')
    return c.json({ ok: true })
  })
  app.post('/users/:phone', async (c) => {
    const { waba, wabaId, ...changes } = await read(c, UserInput)
    const account = existing(meta.state.accounts.get(wabaId ?? waba ?? ''), 'account')
    const user = userOf(meta, account.id, digits(c.req.param('phone')))
    return c.json(Object.assign(user, changes))
  })

  app.post('/numbers/:id', async (c) => {
    const number = existing(meta.state.numbers.get(c.req.param('id')), 'number')
    const { sends: _, lastSends: __, pin: ___, ...view } = Object.assign(number, await read(c, NumberInput))
    return c.json(view)
  })

  app.post('/waba/:id', async (c) => {
    const account = existing(meta.state.accounts.get(c.req.param('id')), 'account')
    const { reached: _, ...view } = Object.assign(account, await read(c, AccountInput))
    return c.json(view)
  })
  app.post('/waba/:id/event', async (c) => {
    const account = existing(meta.state.accounts.get(c.req.param('id')), 'account')
    const { field, value } = await read(c, EventInput)
    meta.webhooks.enqueue(account.id, { field, value, timed: true })
    if (LEAVING.has(String(value.event))) {
      for (const token of meta.state.tokens.values()) if (token.accountId === account.id) token.revoked = true
    }
    return c.json({ ok: true })
  })

  app.get('/messages', (c) => {
    const waba = c.req.query('waba')
    return c.json(meta.state.messages.filter((message) => waba === undefined || message.accountId === waba))
  })
}

async function read<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  const result = schema.safeParse(text === '' ? {} : parse(text))
  if (result.success) return result.data
  throw new ControlError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ControlError('The body is not JSON.')
  }
}

const target = (input: { waba?: string | undefined; wabaId?: string | undefined }): string | null =>
  input.wabaId ?? input.waba ?? null

const iso = (meta: Meta, account: string | null) => new Date(meta.clock.now(account ?? '')).toISOString()

function existing<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new ControlError(`There is no such ${what}.`)
  return found
}

function digits(phone: string): string {
  const found = phoneDigits(phone)
  if (found === null) throw new ControlError(`${phone} is not a phone number.`)
  return found
}

/** Who speaks to which number: the one named, or the account's first, or the one that wrote to the person last. */
function meeting(
  meta: Meta,
  phone: string,
  input: { waba?: string | undefined; wabaId?: string | undefined; phoneNumberId?: string | undefined },
): { number: PhoneNumber; user: User } {
  const { numbers, messages } = meta.state
  const person = digits(phone)
  const account = target(input)
  const fits = (number: PhoneNumber) =>
    (account === null || number.accountId === account) &&
    (input.phoneNumberId === undefined || number.id === input.phoneNumberId)
  const candidates = [...numbers.values()].filter(fits)
  const last = messages.findLast(
    (message) => message.person === person && candidates.some(({ id }) => id === message.numberId),
  )
  const number = existing(candidates.find(({ id }) => id === last?.numberId) ?? candidates[0], 'number')
  return { number, user: userOf(meta, number.accountId, person) }
}
