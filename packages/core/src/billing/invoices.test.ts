import { schema } from '@pramaan/db'
import { and, asc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import type { Actor } from '../platform/context.ts'
import {
  applyRazorpayEvent,
  decideRefund,
  getInvoice,
  getInvoicePdf,
  listInvoices,
  listLedger,
  listParkedEvents,
  receiveRazorpayWebhook,
  redriveEvent,
  requestRefund,
  setBillingDetails,
  subscribe,
} from './index.ts'
import { billingWorld, HANDLERS } from './testing/billing-world.ts'

const world = await billingWorld()

/** An administrator who has just proved who they are. */
function admin() {
  const ctx = makeStaff(world, 'admin')
  return { ...ctx, actor: { ...ctx.actor, steppedUpAt: world.clock.now() } as Actor }
}

const JAIPUR = {
  legalName: 'Kesar & Co',
  address: '12 MI Road, Jaipur 302001',
  stateCode: '08' as const,
  gstin: '08AAAAA0000A1Z5',
}

test('the invoice of another state carries IGST, every field of rule 46, and is the same as PDF', async () => {
  const advisor = await makeAdvisor(world)
  await setBillingDetails(advisor.owner(), JAIPUR)
  const { checkout } = await subscribe(advisor.owner(), { plan: 'standard' })
  await world.control(`/subscriptions/${checkout?.razorpaySubscriptionId}/authenticate`, {})
  await world.catchUp()
  const { items } = await listInvoices(advisor.owner(), {})
  const { document } = await getInvoice(advisor.owner(), { id: items[0]?.id ?? '' })
  expect(document).toMatchObject({
    kind: 'invoice',
    number: items[0]?.number,
    supplier: { name: 'Pramaan Test Private Limited', gstin: '29AAAAA0000A1Z5', stateCode: '29' },
    recipient: { name: 'Kesar & Co', address: '12 MI Road, Jaipur 302001', gstin: '08AAAAA0000A1Z5', stateCode: '08' },
    placeOfSupply: { stateCode: '08', state: 'Rajasthan' },
    reverseCharge: false,
    lines: [{ sac: '998314', taxablePaise: 199_900 }],
    taxes: [{ name: 'IGST', ratePercent: 18, amountPaise: 35_982 }],
    totalPaise: 235_882,
  })
  expect(document.number).toMatch(/^PRM\/\d{4}\/\d{7}$/)
  const { bytes, fileName } = await getInvoicePdf(advisor.owner(), { id: items[0]?.id ?? '' })
  expect(Buffer.from(bytes.slice(0, 5)).toString()).toBe('%PDF-')
  expect(fileName).toBe(`${document.number.replaceAll('/', '-')}.pdf`)
  const again = await getInvoicePdf(advisor.owner(), { id: items[0]?.id ?? '' })
  expect(Buffer.from(again.bytes).equals(Buffer.from(bytes))).toBe(true)
  const stored = await world.db.read
    .select()
    .from(schema.taxDocuments)
    .where(eq(schema.taxDocuments.advisorId, advisor.advisorId))
  expect(stored[0]?.document.toString('latin1')).not.toContain('Kesar')

  const stranger = await makeAdvisor(world)
  await expect(getInvoice(stranger.owner(), { id: items[0]?.id ?? '' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(getInvoicePdf(stranger.owner(), { id: items[0]?.id ?? '' })).rejects.toMatchObject({ code: 'not_found' })
})

test('a firm whose name is not in Latin letters finds it on its invoice', async () => {
  const advisor = await makeAdvisor(world)
  const legalName = 'केसर वित्तीय सलाहकार'
  await setBillingDetails(advisor.owner(), { ...JAIPUR, legalName, address: 'કેસર ભવન, જયપુર', gstin: undefined })
  const { checkout } = await subscribe(advisor.owner(), { plan: 'standard' })
  await world.control(`/subscriptions/${checkout?.razorpaySubscriptionId}/authenticate`, {})
  await world.catchUp()
  const { items } = await listInvoices(advisor.owner(), {})
  const { bytes } = await getInvoicePdf(advisor.owner(), { id: items[0]?.id ?? '' })
  const source = Buffer.from(bytes).toString('latin1')
  for (const font of ['NotoSansDevanagari', 'NotoSansGujarati']) expect(source).toContain(font)
  expect(source).not.toContain('NotoSansTamil')
})

test('invoices of many firms at once have consecutive numbers, without doubles and gaps', async () => {
  const firms = await Promise.all(Array.from({ length: 12 }, () => makeAdvisor(world)))
  for (const firm of firms) {
    const { checkout } = await subscribe(firm.owner(), { plan: 'basic' })
    await world.control(`/subscriptions/${checkout?.razorpaySubscriptionId}/authenticate`, {})
  }
  for (const { body, headers } of await world.newEvents()) {
    const signature = headers['x-razorpay-signature'] ?? ''
    await receiveRazorpayWebhook(world.ctx(), {
      rawBody: body,
      signature,
      eventId: headers['x-razorpay-event-id'] ?? '',
    })
  }
  const { webhookEvents } = schema
  const waiting = await world.db.read
    .select({ id: webhookEvents.id })
    .from(webhookEvents)
    .where(eq(webhookEvents.state, 'received'))
  // All at once, each in a transaction of its own.
  await Promise.all(waiting.map(({ id }) => applyRazorpayEvent(world.ctx(), { eventId: id })))
  await world.drainJobs({ 'billing.apply-event': applyRazorpayEvent })
  const rows = await world.db.read
    .select({ number: schema.taxDocuments.number })
    .from(schema.taxDocuments)
    .where(eq(schema.taxDocuments.kind, 'invoice'))
    .orderBy(asc(schema.taxDocuments.number))
  const counts = rows.map(({ number }) => Number(number.split('/')[2]))
  expect(counts.length).toBeGreaterThanOrEqual(12)
  expect(counts).toEqual(counts.map((_, index) => index + 1))
})

test('money goes back with a reason, above the limit by a second person alone, and never more than was paid', async () => {
  const advisor = await world.subscribed('pro')
  const [razorpayPaymentId = ''] = (await world.money(advisor)).payments
  const ask = { advisorId: advisor.advisorId, razorpayPaymentId, reason: 'charged twice by mistake' }
  const [first, second] = [admin(), admin()]
  await expect(requestRefund(first, { ...ask, amountPaise: 589_883 })).rejects.toMatchObject({ code: 'conflict' })
  const small = await requestRefund(first, { ...ask, amountPaise: 1_000 })
  expect(small.state).toBe('requested')
  const large = await requestRefund(first, { ...ask, amountPaise: 500_001 })
  expect(large.state).toBe('awaiting_approval')
  await expect(requestRefund(second, { ...ask, amountPaise: 100_000 })).rejects.toMatchObject({ code: 'conflict' })
  const decision = { advisorId: advisor.advisorId, id: large.id, approve: true }
  await expect(decideRefund(first, decision)).rejects.toMatchObject({ code: 'forbidden' })
  expect(await decideRefund(second, decision)).toMatchObject({ state: 'requested' })
  // The first answer is lost after its effect: the same call again, under the same key, makes no second refund.
  await world.fault('reset_after', { method: 'POST', path_regex: '/refund$' })
  await world.drainJobs(HANDLERS).catch(() => undefined)
  await world.advance(0.3)
  await world.poll()
  const { refunds } = await world.truth()
  expect(refunds.map(({ amount }) => amount).sort()).toEqual([1_000, 500_001])
  for (const { id } of refunds) await world.control(`/refunds/${id}`, { result: 'processed' })
  await world.catchUp()
  const money = await world.money(advisor)
  expect(money.balance.razorpay).toBe(589_882 - 501_001)
  expect(money.documents.filter((one) => one.startsWith('credit_note'))).toHaveLength(2)
  const { items } = await listLedger(first, { advisorId: advisor.advisorId, limit: 100 })
  for (const source of new Set(items.map((item) => item.source))) {
    const sum = items.filter((item) => item.source === source).reduce((all, { amountPaise }) => all + amountPaise, 0)
    expect(sum, source).toBe(0)
  }
  expect(await world.auditActions(large.id)).toEqual(
    expect.arrayContaining(['refund.requested', 'refund.decide_refused', 'refund.approved', 'refund.processed']),
  )
})

test('the database refuses what does not balance, what is booked twice, and any change of the books', async () => {
  const advisor = await makeAdvisor(world)
  const { ledgerEntries } = schema
  const entry = (source: string, account: 'razorpay' | 'revenue', amountPaise: number) => {
    const at = world.clock.now()
    return { advisorId: advisor.advisorId, source, account, amountPaise, occurredAt: at, recordedAt: at }
  }
  const insert = (...entries: ReturnType<typeof entry>[]) =>
    world.db.transaction((tx) => tx.insert(ledgerEntries).values(entries))
  await expect(insert(entry('payment:a', 'razorpay', 100), entry('payment:a', 'revenue', -99))).rejects.toThrow()
  await insert(entry('payment:a', 'razorpay', 100), entry('payment:a', 'revenue', -100))
  await expect(insert(entry('payment:a', 'razorpay', 100), entry('payment:a', 'revenue', -100))).rejects.toThrow()
  const mine = and(eq(ledgerEntries.advisorId, advisor.advisorId), eq(ledgerEntries.source, 'payment:a'))
  await expect(world.db.read.update(ledgerEntries).set({ amountPaise: 1 }).where(mine)).rejects.toThrow()
  await expect(world.db.read.delete(ledgerEntries).where(mine)).rejects.toThrow()
})

test('a parked event can be driven again once it has a meaning, and books nothing twice', async () => {
  const advisor = await world.subscribed('basic')
  const { subscriptions } = schema
  const away = { razorpayId: `sub_${world.ctx().newId()}` }
  await world.db.read.update(subscriptions).set(away).where(eq(subscriptions.advisorId, advisor.advisorId))
  await world.advance(31)
  await world.catchUp()
  const { items } = await listParkedEvents(admin(), { limit: 100 })
  expect(items.length).toBeGreaterThan(0)
  await world.db.read
    .update(subscriptions)
    .set({ razorpayId: advisor.razorpayId })
    .where(eq(subscriptions.advisorId, advisor.advisorId))
  for (let times = 0; times < 2; times++) {
    for (const { id } of items) await redriveEvent(admin(), { id })
    await world.catchUp()
  }
  expect((await world.money(advisor)).payments).toHaveLength(2)
  expect((await listParkedEvents(admin(), { limit: 100 })).items).toEqual([])
})
