import { beforeAll, describe, expect, test } from 'vitest'
import { type Person, testApi } from '../testing/index.ts'

const api = await testApi()
let owner: Person
beforeAll(async () => {
  owner = await api.signUp()
})

describe.each(['overview', 'engagement', 'trends', 'compliance'])('GET /api/analytics/%s', (name) => {
  const ask = (headers: Record<string, string> = {}) =>
    api.call('GET', `/api/analytics/${name}?from=2026-11-01&to=2026-11-20`, { token: owner.accessToken, headers })

  test('may be kept for a minute by who asked, and by nobody who signs in otherwise', async () => {
    const { status, headers } = await ask()
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('private, max-age=60')
    expect(headers.get('vary')).toMatch(/Authorization, Cookie/)
  })

  test('is not sent again while its numbers are the same, although they were counted anew', async () => {
    const first = await ask()
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"/)
    await api.sql(
      `insert into analytics_cursor values (1, 0, clock_timestamp())
       on conflict (id) do update set counted_at = clock_timestamp()`,
    )
    const again = await ask({ 'if-none-match': `"other", ${etag}` })
    expect(again.status).toBe(304)
    expect((await ask()).body).not.toEqual(first.body)
    const { contentId } = { contentId: crypto.randomUUID() }
    await api.sql(
      `insert into analytics_messages values ($1, '2026-11-10', 9, gen_random_uuid(), $2, 'en', 't', 20, 20, 9, 0, 0, 0, 0, 0)
       on conflict do nothing`,
      [owner.advisorId, contentId],
    )
    await api.sql(`insert into analytics_texts values ($1, '2026-11-10', $2, 1, 1, 0, 0, 1, 5, '{60}')`, [
      owner.advisorId,
      contentId,
    ])
    expect((await ask({ 'if-none-match': etag })).status).toBe(200)
  })

  test('refuses a range of more than thirteen months in words', async () => {
    const { status, body } = await api.call('GET', `/api/analytics/${name}?from=2020-01-01`, {
      token: owner.accessToken,
    })
    expect(status).toBe(400)
    expect((body as { detail: string }).detail).toContain('13 months at the most')
  })
})

test('the rows behind a number are a list like any other, as a table too', async () => {
  const path = '/api/analytics/rows?kind=message.sent&from=2026-11-01&to=2026-11-20'
  const list = await api.call('GET', path, { token: owner.accessToken })
  expect(list).toMatchObject({ status: 200, body: { items: [], nextCursor: null } })
  expect(list.headers.get('cache-control')).toBe('no-store')
  const csv = await api.call('GET', path, { token: owner.accessToken, headers: { accept: 'text/csv' } })
  expect(csv.headers.get('content-type')).toContain('text/csv')
})
