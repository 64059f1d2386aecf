import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { getInvoice, listInvoices, requestRefund, sendRefund } from '../billing/index.ts'
import { billingWorld } from '../billing/testing/billing-world.ts'
import { runErasure } from './index.ts'

const world = await billingWorld()
const { advisors, erasures, retentions } = schema

/** The erasure of a whole firm as it stands after it was asked for. */
async function askedFor({ advisorId, ownerId }: TestAdvisor) {
  const erasureId = world.ctx().newId()
  const subject = { subjectKind: 'advisor', subjectId: advisorId } as const
  const asked = { requestedBy: ownerId, requestedAt: world.clock.now() }
  await world.db.read.insert(erasures).values({ advisorId, id: erasureId, ...subject, ...asked })
  return { advisorId, erasureId }
}

const retained = ({ advisorId }: TestAdvisor) =>
  world.db.read.select().from(retentions).where(eq(retentions.advisorId, advisorId))
const statusOf = async ({ advisorId }: TestAdvisor) =>
  (await world.db.read.select().from(advisors).where(eq(advisors.id, advisorId)))[0]?.status

test('a firm that is erased is charged no more: its subscription ends here and at Razorpay, and no money moves', async () => {
  const firm = await world.subscribed()
  const before = await world.money(firm)
  await runErasure(world.ctx(), await askedFor(firm))
  expect(await statusOf(firm)).toBe('erased')
  expect((await world.rows(firm)).map(({ state, cancelAt }) => [state, cancelAt])).toEqual([['cancelled', 'now']])
  const there = (await world.truth()).subscriptions.find(({ id }) => id === firm.razorpayId)
  expect(there?.status).toBe('cancelled')
  await world.advance(40)
  await world.catchUp()
  await world.poll()
  expect(await world.money(firm)).toEqual(before)
})

test('its invoices are kept as they were issued, each under a key of its own, eight years after their financial year', async () => {
  const firm = await world.subscribed()
  const { items } = await listInvoices(firm.owner(), {})
  const invoice = await getInvoice(firm.owner(), { id: items[0]?.id ?? '' })
  await runErasure(world.ctx(), await askedFor(firm))
  await expect(getInvoice(firm.owner(), { id: invoice.id })).rejects.toThrow('the data key of this ciphertext is gone')

  const [kept, ...more] = await retained(firm)
  expect(more).toEqual([])
  expect(kept).toMatchObject({ subjectKind: 'advisor', what: `tax document ${invoice.number}` })
  expect(kept?.until.getTime()).toBeGreaterThan(
    new Date(invoice.issuedAt).setUTCFullYear(new Date(invoice.issuedAt).getUTCFullYear() + 8),
  )
  const place = { table: 'retentions', column: 'sealed', rowId: kept?.id ?? '' }
  const opened = await world.keys.open(world.db.read, kept?.id ?? '', place, kept?.sealed ?? Buffer.alloc(0))
  expect(JSON.parse(opened)).toEqual(invoice.document)
})

test('while Razorpay cannot be told nothing of the firm is destroyed, and the next run ends it', async () => {
  const firm = await world.subscribed()
  await world.fault('status', { method: 'POST', path_regex: '/cancel$' }, { status: 503 })
  const job = await askedFor(firm)
  await expect(runErasure(world.ctx(), job)).rejects.toMatchObject({ retryable: true })
  expect(await statusOf(firm)).toBe('active')
  await runErasure(world.ctx(), job)
  expect(await statusOf(firm)).toBe('erased')
  const isErasure = and(eq(erasures.advisorId, firm.advisorId), eq(erasures.state, 'erased'))
  expect(await world.db.read.$count(erasures, isErasure)).toBe(1)
})

test('a firm is not closed while money goes back to it: the credit note is issued, kept like an invoice, and then it closes', async () => {
  const firm = await world.subscribed()
  const { advisorId } = firm
  const [razorpayPaymentId = ''] = (await world.money(firm)).payments
  const staff = makeStaff(world, 'admin')
  const admin = { ...staff, actor: { ...staff.actor, steppedUpAt: world.clock.now() } } as typeof staff
  await requestRefund(admin, { advisorId, razorpayPaymentId, amountPaise: 1_000, reason: 'charged by mistake' })
  await world.drainJobs({ 'billing.refund': sendRefund })
  const job = await askedFor(firm)
  await runErasure(world.ctx(), job)
  expect(await statusOf(firm)).toBe('active')
  const waits = await world.db.read
    .select({ body: schema.auditEntries.body })
    .from(schema.auditEntries)
    .where(and(eq(schema.auditEntries.advisorId, advisorId), eq(schema.auditEntries.action, 'erasure.waits')))
  expect(waits).toMatchObject([{ body: { reason: 'refunds_under_way', detail: { refunds: 1 } } }])
  const mine = (await world.truth()).refunds.filter((one) => Reflect.get(one, 'payment_id') === razorpayPaymentId)
  for (const { id } of mine) await world.control(`/refunds/${id}`, { result: 'processed' })
  await world.catchUp()
  await runErasure(world.ctx(), job)
  expect(await statusOf(firm)).toBe('erased')
  const kept = (await retained(firm)).filter(({ subjectKind }) => subjectKind === 'advisor')
  expect(kept).toHaveLength(2)
})
