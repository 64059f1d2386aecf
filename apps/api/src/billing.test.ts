import { randomUUID } from 'node:crypto'
import { istDay } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { expectProblem, testApi } from '../testing/index.ts'

const api = await testApi()

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
  await api.sql(`insert into plan_usage values ($1, 'checks', $2, 500, 500)`, [advisorId, istDay(api.clock.now())])
  const submit = () => api.call('POST', '/api/content', { token, body: { content: 'SIP is a habit.', submit: true } })
  const refused = await submit()
  expectProblem(refused, 402, 'plan_limit_reached')
  expect((refused.body as { detail: string }).detail).toContain('GET /api/billing/plans')
  await move('standard')
  expect((await submit()).status).toBe(201)
  await move('basic')
  expectProblem(await submit(), 402, 'plan_limit_reached')
})
