import { createHmac, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { expectProblem, testApi } from '../testing/index.ts'

const api = await testApi()

const post = (body: string, secret = 'test-razorpay') =>
  api.call('POST', '/webhooks/razorpay', {
    raw: body,
    headers: {
      'content-type': 'application/json',
      'x-razorpay-signature': createHmac('sha256', secret).update(body).digest('hex'),
      'x-razorpay-event-id': randomUUID(),
    },
  })
const events = async () => Number((await api.sql<{ count: string }>('select count(*) from webhook_events'))[0]?.count)

test('a webhook is stored and answered with 200 whatever it says; what it means is decided later, in a job', async () => {
  const bodies = ['{"event":"subscription.charged"}', 'not json', '{"event":"x.y","payload":{"a":{"entity":[]}}}']
  const before = await events()
  for (const body of bodies) expect((await post(body)).status).toBe(200)
  expect(await events()).toBe(before + bodies.length)
  const [row] = await api.sql<{ states: string }>(
    'select string_agg(distinct state, $1) as states from webhook_events',
    [','],
  )
  expect(row?.states).toBe('received')
})

test('a wrong signature is 401 and leaves nothing behind', async () => {
  const before = await events()
  expectProblem(await post('{"event":"subscription.charged"}', 'another-secret'), 401, 'unauthenticated')
  expect(await events()).toBe(before)
})

test('from the plans to the page where to pay, and a firm sees its own billing alone', async () => {
  const owner = await api.signUp()
  const other = await api.signUp()
  const token = owner.accessToken
  const plans = await api.call('GET', '/api/billing/plans')
  expect(plans.body).toMatchObject({
    items: [{ tier: 'basic' }, { tier: 'standard' }, { tier: 'pro', requestsPerMinute: 1000 }],
  })
  const opened = await api.call('POST', '/api/billing/subscribe', { token, body: { plan: 'standard' } })
  expect(opened).toMatchObject({ status: 201, body: { state: 'created', plan: 'standard', amountPaise: 235_882 } })
  const { checkout } = opened.body as { checkout: { url: string; keyId: string } }
  expect((await fetch(checkout.url)).status).toBe(200)
  const mine = await api.call('GET', '/api/billing/subscription', { token })
  expect(mine.body).toMatchObject({ tier: 'basic', current: null, opening: { plan: 'standard' } })
  const theirs = await api.call('GET', '/api/billing/subscription', { token: other.accessToken })
  expect(theirs.body).toMatchObject({ current: null, opening: null })
  expectProblem(await api.call('GET', `/api/billing/invoices/${randomUUID()}.pdf`, { token }), 404, 'not_found')
  expectProblem(await api.call('GET', `/api/billing/invoices/${randomUUID()}.pdf`), 401, 'unauthenticated')
  expectProblem(
    await api.call('POST', '/api/billing/change', { token, body: { plan: 'pro', when: 'now' } }),
    409,
    'invalid_state',
  )
})

test('what is left of a plan is shown with its limits, and falls with the next check', async () => {
  const { accessToken: token } = await api.signUp()
  const quotas = async () => (await api.call('GET', '/api/billing/subscription', { token })).body
  expect(await quotas()).toMatchObject({
    entitlements: { checksPerDay: 500, apiKeys: 5 },
    quotas: {
      members: { allowed: 5, used: 1, left: 4, resetsAt: null },
      apiKeys: { allowed: 5, used: 0, left: 5, resetsAt: null },
      checksPerDay: { allowed: 500, used: 0, left: 500, resetsAt: expect.stringMatching(/T18:30:00.000Z$/) },
      recipientsPerMonth: { allowed: 1_000, used: 0, left: 1_000, resetsAt: expect.stringMatching(/T18:30:00.000Z$/) },
    },
  })
  await api.call('POST', '/api/compliance/check', { token, body: { text: 'SIP is a habit.', licence: 'MFD' } })
  expect(await quotas()).toMatchObject({ quotas: { checksPerDay: { used: 1, left: 499 } } })
})

test('beyond a plan the answer is 402 and says what to do, for the next call after the plan has changed', async () => {
  const { accessToken: token, advisorId } = await api.signUp()
  const move = (tier: string) => api.sql('update advisors set tier = $2 where id = $1', [advisorId, tier])
  await api.sql(`insert into plan_usage values ($1, 'checks', (now() + interval '5:30')::date + 1, 500, 500)`, [
    advisorId,
  ])
  const submit = () => api.call('POST', '/api/content', { token, body: { content: 'SIP is a habit.', submit: true } })
  const refused = await submit()
  expectProblem(refused, 402, 'plan_limit_reached')
  expect((refused.body as { detail: string }).detail).toContain('GET /api/billing/plans')
  await move('standard')
  expect((await submit()).status).toBe(201)
  await move('basic')
  expectProblem(await submit(), 402, 'plan_limit_reached')
})
