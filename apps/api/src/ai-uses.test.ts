import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { testApi } from '../testing/index.ts'

const api = await testApi()

/** A line of the register over a text of this firm, as if the model had said so. */
async function used(token: string, advisorId: string, why: string): Promise<void> {
  const { body } = await api.call('POST', '/api/content', { token, body: { content: `A SIP is a habit. ${why}` } })
  const { contentId, versionId } = body as { contentId: string; versionId: string }
  const concerns = JSON.stringify([{ family: 'other', quote: 'habit', span: { start: 11, end: 16 }, why }])
  await api.sql(
    `insert into ai_uses (advisor_id, id, check_id, content_id, version_id, version_hash, rule_set_digest, provider, model,
       prompt_version, prompt_digest, output_digest, source, outcome, concerns, input_tokens, output_tokens, took_ms)
     values ($1, $2, $3, $4, $5, 'h', 'r', 'openai', $6, 'concerns-1', 'p', 'o', 'model', 'concern', $7, 10, 5, 900)`,
    [advisorId, randomUUID(), randomUUID(), contentId, versionId, '=HYPERLINK("https://x.example")', concerns],
  )
}

test('the register can be taken away as CSV, page by page, and no cell of it runs in a spreadsheet', async () => {
  const { accessToken: token, advisorId } = await api.signUp()
  for (const why of ['A "quoted" reason', 'Line\none, two']) await used(token, advisorId, why)
  const asCsv = (path: string) => api.call('GET', path, { token, headers: { accept: 'text/csv' } })
  const first = await asCsv('/api/compliance/ai-uses?limit=1')
  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present'])
  expect(first.headers.get('content-disposition')).toBe('attachment; filename="ai-uses.csv"')
  expect(first.headers.get('vary')).toContain('Accept')
  const [head = '', ...rows] = String(first.body).split('\r\n')
  expect(head.split(',').slice(0, 4)).toEqual(['id', 'usedAt', 'contentId', 'versionId'])
  expect(rows).toHaveLength(2)
  expect(rows[0]).toContain(`,"'=HYPERLINK(""https://x.example"")",`)
  const next = /^<(\/api\/compliance\/ai-uses\?.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  const second = await asCsv(next)
  expect(String(second.body)).toContain('openai')
  expect(second.body).not.toEqual(first.body)
  expect(second.headers.get('link')).toBeNull()
  const asJson = await api.call('GET', '/api/compliance/ai-uses', { token, headers: { accept: '*/*' } })
  expect((asJson.body as { items: unknown[] }).items).toHaveLength(2)
  expect(asJson.headers.get('etag')).not.toBe(first.headers.get('etag'))
})

test('a firm without uses gets a table with a head and nothing under it', async () => {
  const { accessToken: token } = await api.signUp()
  const empty = await api.call('GET', '/api/compliance/ai-uses', { token, headers: { accept: 'text/csv' } })
  expect(String(empty.body)).toMatch(/^id,usedAt,[A-Za-z,]+\r\n$/)
})

test('what the model costs stands in the metrics', async () => {
  const { advisorId } = await api.signUp()
  await api.sql(
    `insert into ai_allowances (advisor_id, day, calls, input_tokens, output_tokens, failures, paused_until)
     values ($1, '2026-11-24', 3, 700, 90, 5, '2026-11-24T07:00:00Z')`,
    [advisorId],
  )
  const { body } = await api.call('GET', '/metrics', { token: 'metrics-token-of-the-test' })
  for (const line of [
    'pramaan_ai_calls_today 3',
    'pramaan_ai_tokens_today{direction="input"} 700',
    'pramaan_ai_tokens_today{direction="output"} 90',
    'pramaan_ai_paused_advisors 1',
  ]) {
    expect(String(body)).toContain(line)
  }
})
