import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { NOW, razorpayWorld, WEBHOOK_SECRET } from '../../testing/razorpay-world.ts'
import { webhookReceiver } from '../../testing/whatsapp-world.ts'

describe('the life of a subscription', () => {
  test('with an immediate start the mandate pays the first month, and each month is charged once', async () => {
    const world = await razorpayWorld()
    const id = await world.subscribe()
    expect(await world.subscription(id)).toMatchObject({ status: 'created', customer_id: null, notes: [] })
    await world.control(`/subscriptions/${id}/authenticate`, { method: 'upi' })
    expect(await world.events()).toEqual([
      'payment.authorized',
      'payment.captured',
      'order.paid',
      'invoice.paid',
      'subscription.activated',
      'subscription.charged',
    ])
    await world.advance(62)
    expect(await world.subscription(id)).toMatchObject({ status: 'active', paid_count: 3, remaining_count: 9 })
    const { body } = await world.api('GET', `/v1/invoices?subscription_id=${id}`)
    expect(body).toMatchObject({ count: 3, items: [{ status: 'paid', tax_amount: 0, subscription_id: id }, {}, {}] })
    const payment = await world.api('GET', `/v1/payments/${body.items[0].payment_id}`)
    expect(payment.body).toMatchObject({ status: 'captured', invoice_id: body.items[0].id })
    expect(payment.body).not.toHaveProperty('subscription_id')
  })

  test('a later start is a trial; a trial that is paused is gone', async () => {
    const world = await razorpayWorld()
    const id = await world.subscribe({ startInDays: 14 })
    await world.control(`/subscriptions/${id}/authenticate`, {})
    expect(await world.subscription(id)).toMatchObject({ status: 'authenticated', paid_count: 0 })
    await world.advance(15)
    expect(await world.subscription(id)).toMatchObject({ status: 'active', paid_count: 1 })
    const other = await world.subscribe({ startInDays: 14 })
    await world.control(`/subscriptions/${other}/authenticate`, {})
    const paused = await world.api('POST', `/v1/subscriptions/${other}/pause`, { pause_at: 'now' })
    expect(paused.body).toMatchObject({ status: 'cancelled' })
  })

  test('four failures on four days halt it; invoices go on, and a new card pays the newest alone', async () => {
    const world = await razorpayWorld()
    const id = await world.subscribe()
    await world.control(`/subscriptions/${id}/authenticate`, {})
    for (let i = 0; i < 4; i++) await world.control(`/subscriptions/${id}/next_charge`, { outcome: 'fail' })
    await world.advance(35)
    expect(await world.subscription(id)).toMatchObject({ status: 'halted', auth_attempts: 4, paid_count: 1 })
    expect((await world.events()).filter((event) => event === 'subscription.pending')).toHaveLength(3)
    await world.advance(30)
    const { body } = await world.api('GET', `/v1/invoices?subscription_id=${id}`)
    expect(body.items.map(({ status }: { status: string }) => status)).toEqual(['issued', 'issued', 'paid'])
    await world.control(`/subscriptions/${id}/new_card`, {})
    expect(await world.subscription(id)).toMatchObject({ status: 'active', paid_count: 2, auth_attempts: 0 })
  })

  test('nobody is told of what expires, and money that is late lands days later', async () => {
    const world = await razorpayWorld()
    const forgotten = await world.subscribe({ startInDays: 3 })
    await world.advance(4)
    expect(await world.subscription(forgotten)).toMatchObject({ status: 'expired' })
    expect(await world.events()).toEqual([])
    const id = await world.subscribe()
    await world.control(`/subscriptions/${id}/authenticate`, { method: 'emandate' })
    await world.control(`/subscriptions/${id}/next_charge`, { outcome: 'late', days: 3 })
    await world.advance(32)
    expect(await world.subscription(id)).toMatchObject({ status: 'active', paid_count: 1 })
    await world.advance(3)
    expect(await world.subscription(id)).toMatchObject({ status: 'active', paid_count: 2 })
  })

  test('a cancellation at the end of the cycle is invisible until then, and ends are final', async () => {
    const world = await razorpayWorld()
    const id = await world.subscribe({ totalCount: 2 })
    await world.control(`/subscriptions/${id}/authenticate`, {})
    const asked = await world.api('POST', `/v1/subscriptions/${id}/cancel`, { cancel_at_cycle_end: 1 })
    expect(asked.body).toMatchObject({ status: 'active', has_scheduled_changes: false })
    await world.advance(32)
    expect(await world.subscription(id)).toMatchObject({ status: 'cancelled', paid_count: 1 })
    for (const step of ['cancel', 'pause', 'resume']) {
      expect((await world.api('POST', `/v1/subscriptions/${id}/${step}`)).status).toBe(400)
    }
    const whole = await world.subscribe({ totalCount: 1 })
    await world.control(`/subscriptions/${whole}/authenticate`, {})
    await world.advance(32)
    expect(await world.subscription(whole)).toMatchObject({ status: 'completed', paid_count: 1 })
  })

  test('what the customer paused in the UPI app only the customer resumes', async () => {
    const world = await razorpayWorld()
    const id = await world.subscribe()
    await world.control(`/subscriptions/${id}/authenticate`, { method: 'upi' })
    await world.control(`/subscriptions/${id}/customer_pause`, {})
    expect((await world.events()).slice(-2)).toEqual(['token.paused', 'subscription.paused'])
    expect((await world.api('POST', `/v1/subscriptions/${id}/resume`, { resume_at: 'now' })).status).toBe(400)
    await world.control(`/subscriptions/${id}/customer_resume`, {})
    expect(await world.subscription(id)).toMatchObject({ status: 'active', pause_initiated_by: null })
  })

  test('a mandate above Rs 15,000 fails on UPI and Indian cards, and not at the bank', async () => {
    const world = await razorpayWorld()
    const id = await world.subscribe({ amount: 1_500_100 })
    expect((await world.control(`/subscriptions/${id}/authenticate`, { method: 'upi' })).status).toBe(400)
    expect(await world.events()).toEqual(['payment.failed'])
    expect((await world.control(`/subscriptions/${id}/authenticate`, { method: 'emandate' })).status).toBe(200)
  })
})

describe('webhooks', () => {
  test('the bytes are escaped and signed, the event id stays the same on a replay', async () => {
    const receiver = await webhookReceiver()
    const world = await razorpayWorld(receiver.url)
    await world.control(`/subscriptions/${await world.subscribe()}/authenticate`, {})
    await world.control('/deliver', { account: 'acc_Test', mode: 'reverse' })
    const all = await world.deliveries()
    await world.control('/deliver', { ids: [all[5]?.id] })
    const seen = receiver.received.map(({ headers }) => headers['x-razorpay-event-id'])
    expect(seen).toEqual([...all.map(({ eventId }) => eventId).toReversed(), all[5]?.eventId])
    for (const { headers, body } of receiver.received) {
      const right = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')
      expect(headers['x-razorpay-signature']).toBe(right)
    }
    const charged = all.find(({ event }) => event === 'subscription.charged')?.body ?? ''
    expect(charged).not.toBe(JSON.stringify(JSON.parse(charged)))
  })

  test('after 24 hours of failures the webhook is disabled, and old events keep the old secret', async () => {
    const receiver = await webhookReceiver(() => 500)
    const world = await razorpayWorld(receiver.url)
    await world.control(`/subscriptions/${await world.subscribe()}/authenticate`, {})
    for (let i = 0; i < 12; i++) {
      await world.control('/deliver', { account: 'acc_Test' })
      await world.advance(0.5)
    }
    expect((await world.control('/webhooks?account=acc_Test')).body).toEqual({ enabled: false })
    await world.control('/webhooks/secret', { account: 'acc_Test', secret: 'another' })
    const [first] = await world.deliveries()
    const old = createHmac('sha256', WEBHOOK_SECRET).update(String(first?.body)).digest('hex')
    expect(first?.headers['x-razorpay-signature']).toBe(old)
  })

  test('what is held back is not sent until it is released', async () => {
    const receiver = await webhookReceiver()
    const world = await razorpayWorld(receiver.url)
    await world.control('/webhooks/hold', { account: 'acc_Test', hold: true })
    await world.control(`/subscriptions/${await world.subscribe()}/authenticate`, {})
    await world.control('/deliver', { account: 'acc_Test' })
    expect(receiver.received).toEqual([])
    await world.control('/webhooks/hold', { account: 'acc_Test', hold: false })
    await world.control('/deliver', { account: 'acc_Test', mode: 'shuffle', seed: 3 })
    expect(receiver.received).toHaveLength(6)
  })
})

test('an answer that is lost after its effect leaves one subscription; the same call again makes a second', async () => {
  const world = await razorpayWorld()
  await world.subscribe()
  const { body } = await world.api('GET', '/v1/plans')
  await world.control('/faults', { match: { method: 'POST', path_regex: '/subscriptions$' }, kind: 'reset_after' })
  const create = { plan_id: body.items[0].id, total_count: 2, notes: { id: 'ours' } }
  await expect(world.api('POST', '/v1/subscriptions', create)).rejects.toThrow()
  await world.api('POST', '/v1/subscriptions', create)
  const made = await world.api('GET', `/v1/subscriptions?plan_id=${body.items[0].id}`)
  expect(made.body).toMatchObject({ entity: 'collection', count: 3 })
})

test('an unknown key, an unknown path and the id of another are refused', async () => {
  const world = await razorpayWorld()
  const refused = [
    world.api('POST', '/v1/orders', { amount: 100, currency: 'INR', colour: 'red' }),
    world.api('GET', '/v1/nothing'),
    world.api('GET', '/v1/payments/pay_Nobody'),
  ]
  for (const answer of await Promise.all(refused)) {
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BAD_REQUEST_ERROR' } } })
  }
})

test('a person pays on the hosted page, and the answer is signed with the key secret', async () => {
  const world = await razorpayWorld()
  const id = await world.subscribe()
  const { short_url: url } = await world.subscription(id)
  expect(await (await fetch(url)).text()).toContain('₹1178.82')
  const callback = 'http://shop.test/back'
  const body = new URLSearchParams({ method: 'upi', callback_url: callback })
  const paid = await (await fetch(url, { method: 'POST', body })).text()
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(paid)?.[1]
  const message = `${field('razorpay_payment_id')}|${id}`
  expect(field('razorpay_signature')).toBe(createHmac('sha256', world.keySecret).update(message).digest('hex'))
  expect(await world.subscription(id)).toMatchObject({ status: 'active' })
  expect(await (await fetch(url)).text()).toContain('nothing to pay')
})

test('an account begins at the time that it is given, earlier or later, and its clock goes on from there', async () => {
  const world = await razorpayWorld()
  const clock = async (account: string) => (await world.control(`/clock?account=${account}`)).body.now
  const keys = { keyId: 'rzp_test_other', keySecret: 'another' }
  const [early, late] = ['2020-02-29T10:00:00.000Z', '2030-01-31T10:00:00.000Z']
  await world.control('/accounts', { accountId: 'acc_Other', ...keys, now: early })
  expect(await clock('acc_Other')).toBe(early)
  await world.control('/clock', { account: 'acc_Other', advance_s: 60 })
  expect(await clock('acc_Other')).toBe('2020-02-29T10:01:00.000Z')
  expect((await world.control('/clock', { account: 'acc_Other', now: early })).status).toBe(400)
  await world.control('/reset', { account: 'acc_Other', now: late })
  expect(await clock('acc_Other')).toBe(late)
  expect(await clock('acc_Test')).toBe(new Date(NOW).toISOString())
})
