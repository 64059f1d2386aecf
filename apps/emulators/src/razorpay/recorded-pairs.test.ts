import { expect, test } from 'vitest'
import { readPair, shapeOf } from '../../testing/fixtures.ts'
import { NOW, type RazorpayWorld, razorpayWorld } from '../../testing/razorpay-world.ts'

const IN_A_MONTH = NOW / 1_000 + 30 * 86_400

/** The recorded answers, and how a fresh double is brought to where they were given. */
const PAIRS: Record<string, (world: RazorpayWorld) => Promise<{ status: number; body: unknown }>> = {
  'plan.create': (world) => world.api('POST', '/v1/plans', readPair('razorpay/api/plan.create.json').request.body),
  'subscription.create.bad-plan': (world) =>
    world.api('POST', '/v1/subscriptions', { plan_id: 'plan_DoesNotExist0', total_count: 12 }),
  'subscription.cancel.wrong-state': async (world) => {
    const id = await world.subscribe({ startInDays: 1 })
    await world.advance(2)
    return world.api('POST', `/v1/subscriptions/${id}/cancel`)
  },
  'subscription.update.wrong-state': async (world) => {
    const id = await world.subscribe()
    return world.api('PATCH', `/v1/subscriptions/${id}`, { quantity: 3 })
  },
  'subscription.update.upi-refused': async (world) => {
    const id = await world.subscribe()
    await world.control(`/subscriptions/${id}/authenticate`, { method: 'upi' })
    return world.api('PATCH', `/v1/subscriptions/${id}`, { quantity: 3 })
  },
  'refund.create.idempotent': async (world) => refund(world, await paymentId(world)),
  'refund.create.conflict': async (world) => {
    const id = await paymentId(world)
    await refund(world, id)
    const headers = { 'x-refund-idempotency': 'org7f3c-credit-2026-0007' }
    return world.api('POST', `/v1/payments/${id}/refund`, { amount: 100 }, headers)
  },
  'rate-limited': async (world) => {
    await world.control('/faults', { kind: 'rate_429' })
    return world.api('POST', '/v1/subscriptions', {})
  },
  'auth.bad-key': (world) => world.api('GET', '/v1/subscriptions', undefined, { authorization: 'Basic bm86bm8=' }),
}

async function paymentId(world: RazorpayWorld): Promise<string> {
  const { body } = await world.control(`/subscriptions/${await world.subscribe()}/authenticate`, {})
  return body.paymentId
}

const refund = (world: RazorpayWorld, id: string) => {
  const { request } = readPair('razorpay/api/refund.create.idempotent.json')
  const headers = { 'x-refund-idempotency': 'org7f3c-credit-2026-0007' }
  return world.api('POST', `/v1/payments/${id}/refund`, request.body, headers)
}

test.each(Object.keys(PAIRS))('%s is answered as Razorpay answers it: status, keys and types', async (name) => {
  const world = await razorpayWorld()
  const { response } = readPair(`razorpay/api/${name}.json`)
  const answer = await PAIRS[name]?.(world)
  expect(answer?.status).toBe(response.status)
  expect(shapeOf(answer?.body)).toEqual(shapeOf(response.body))
  if (response.status >= 400) expect(answer?.body).toEqual(response.body)
})

/** Fields that appear with a payment method or with a cancelled or paused mandate. */
const LATER = ['payment_method', 'offer_id', 'pause_initiated_by', 'cancel_initiated_by']

test.each([
  'subscription.create',
  'subscription.fetch',
  'subscription.cancel.cycle_end',
  'subscription.update.cycle_end',
])('%s has every field of the recorded answer in its type', async (name) => {
  const world = await razorpayWorld()
  const { request, response } = readPair(`razorpay/api/${name}.json`)
  const asked = request.body as Record<string, unknown> | undefined
  const plan = await world.api('POST', '/v1/plans', readPair('razorpay/api/plan.create.json').request.body)
  const create = { plan_id: plan.body.id, total_count: 12, notes: { org_id: 'org_7f3c' } }
  const later = name === 'subscription.create' ? { start_at: IN_A_MONTH } : {}
  const made = await world.api('POST', '/v1/subscriptions', { ...create, ...later })
  let { body } = made
  if (name !== 'subscription.create') {
    await world.control(`/subscriptions/${body.id}/authenticate`, { method: 'card_intl' })
    const path = `/v1/subscriptions/${body.id}`
    if (name.includes('cancel')) body = (await world.api('POST', `${path}/cancel`, asked)).body
    else if (name.includes('update')) {
      body = (await world.api('PATCH', path, { ...asked, plan_id: plan.body.id })).body
    } else body = await world.subscription(body.id)
  }
  const recorded = shapeOf(response.body) as Record<string, unknown>
  const shape = shapeOf(body) as Record<string, unknown>
  for (const field of LATER) if (!(field in recorded)) delete shape[field]
  expect(shape).toEqual(recorded)
  expect(body.status).toBe((response.body as { status: string }).status)
})
