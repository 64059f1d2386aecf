import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import Razorpay from 'razorpay'
import { describe, expect, inject, test } from 'vitest'
import { createRazorpayClient } from './index.ts'

const base = inject('emulators').razorpay
const account = `acc_${randomBytes(7).toString('hex')}`
const keys = { keyId: `rzp_test_${randomBytes(7).toString('hex')}`, keySecret: 'rzp_test_secret_Kesar' }
const options = { baseUrl: base, ...keys, webhookSecrets: ['a-secret'], timeoutMs: 10_000 }
const client = createRazorpayClient(options)
const hasty = createRazorpayClient({ ...options, timeoutMs: 400 })

async function control(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${base}/__ctl${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
}
await control('/accounts', { accountId: account, ...keys })
const fault = (kind: string, more = {}) => control('/faults', { kind, match: { account }, ...more })

const plan = await client.createPlan({ name: 'Test', period: 'monthly', amountPaise: 100_000, notes: {} })
const create = (by = client) =>
  by.createSubscription({
    planId: plan.id,
    totalCount: 12,
    startAt: null,
    expireBy: new Date(Date.now() + 86_400_000),
    notes: { pramaan_subscription: randomUUID() },
  })

describe('what a failure of Razorpay means: whether to try again, and whether the work may have been done', () => {
  test.each([
    ['reset_after', {}, { retryable: false, outcomeUnknown: true }],
    ['hang_after', { seconds: 5 }, { retryable: false, outcomeUnknown: true }],
    ['slow', { ms: 2_000 }, { retryable: false, outcomeUnknown: true }],
    ['status', { status: 500 }, { retryable: false, outcomeUnknown: true, vendorCode: 500 }],
    ['status', { status: 502, body: 'html' }, { retryable: false, outcomeUnknown: true, vendorCode: 502 }],
    ['truncated_json', {}, { retryable: false, outcomeUnknown: true }],
    ['empty_200', {}, { retryable: false, outcomeUnknown: true }],
    ['rate_429', {}, { retryable: true, outcomeUnknown: false, vendorCode: 429 }],
    ['auth', {}, { retryable: false, outcomeUnknown: false, vendorCode: 401 }],
  ])('creating, %s %j', async (kind, more, meaning) => {
    await fault(kind, more)
    const late = kind === 'hang_after' || kind === 'slow'
    const created = create(late ? hasty : client)
    await expect(created).rejects.toMatchObject({ name: 'UpstreamError', vendor: 'razorpay', ...meaning })
  })

  test('a read leaves nothing in doubt: it can be tried again after anything but a refusal', async () => {
    const { id } = await create()
    for (const kind of ['reset_after', 'status', 'empty_200']) {
      await fault(kind)
      await expect(client.subscription(id)).rejects.toMatchObject({ retryable: true, outcomeUnknown: false })
    }
    expect(await client.subscription(id)).toMatchObject({
      id,
      status: 'created',
      notes: { pramaan_subscription: expect.any(String) },
    })
  })

  test('a server that cannot be reached has done nothing', async () => {
    const nowhere = createRazorpayClient({ ...options, baseUrl: 'http://127.0.0.1:9' })
    const asked = nowhere.cancelSubscription('sub_x', { atCycleEnd: false })
    await expect(asked).rejects.toMatchObject({ retryable: true, outcomeUnknown: false })
  })

  test('neither key nor body stands in the message of an error', async () => {
    await fault('status', { status: 503 })
    const error = (await create().catch((thrown) => thrown)) as Error
    expect(error.message).not.toMatch(/secret|rzp_test|plan_/)
  })
})

test('what Razorpay does not know is null, not an error', async () => {
  expect(await client.subscription('sub_Nobody0000001')).toBeNull()
  expect(await client.payment('pay_Nobody0000001')).toBeNull()
  expect(await client.refunds('pay_Nobody0000001')).toEqual([])
})

test('lists are read to their end, also beyond a page of a hundred', async () => {
  for (let made = 0; made < 103; made += 1) {
    await client.createOrder({ amountPaise: 100, receipt: made < 2 ? 'same' : `r${made}`, notes: {} })
  }
  expect(await client.orders('same')).toHaveLength(2)
  const fresh = await client.createPlan({ name: 'Many', period: 'monthly', amountPaise: 100_000, notes: {} })
  const many = {
    planId: fresh.id,
    totalCount: 1,
    startAt: null,
    expireBy: new Date(Date.now() + 86_400_000),
    notes: {},
  }
  for (let made = 0; made < 103; made += 1) await client.createSubscription(many)
  const found = await client.subscriptions({ planId: fresh.id, from: new Date(0) })
  expect(new Set(found.map(({ id }) => id)).size).toBe(103)
})

test('the recorded signature of Checkout holds: payment first, then our subscription id', () => {
  const signature = 'f494d8de0afc2fe3f33be2118f11f7e0910041006bd8ce58a99b4a4f1a01c94f'
  expect(client.verifyCheckoutSignature('pay_Rp40D8qMu1JvXn|sub_Rp3vQ9TzLm2XaB', signature)).toBe(true)
  expect(client.verifyCheckoutSignature('sub_Rp3vQ9TzLm2XaB|pay_Rp40D8qMu1JvXn', signature)).toBe(false)
  expect(client.verifyCheckoutSignature('pay_Rp40D8qMu1JvXn|sub_Rp3vQ9TzLm2XaB', signature.toUpperCase())).toBe(false)
  const unset = createRazorpayClient({ ...options, keySecret: '' })
  expect(unset.verifyCheckoutSignature('a|b', 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad')).toBe(
    false,
  )
})

test('Razorpay’s own package and we agree on which bodies are signed', () => {
  for (const body of ['', '{"event":"payment.captured"}', 'नमस्ते', '\u0000']) {
    const signature = createHmac('sha256', 'a-secret').update(body).digest('hex')
    for (const [text, given] of [
      [body, signature],
      [`${body} `, signature],
      [body, signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
    ] as const) {
      expect(client.verifyWebhookSignature(text, given)).toBe(
        Razorpay.validateWebhookSignature(text, given, 'a-secret'),
      )
    }
  }
})
