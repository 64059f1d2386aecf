import { afterAll, expect, test } from 'vitest'
import { serveHttp } from '../listen.ts'
import { createAiApp } from './app.ts'

const { url, stop } = await serveHttp(createAiApp(), 0)
afterAll(stop)

const SCHEMA = { type: 'object', properties: { family: { enum: ['guarantee', 'other'] } } }
const QUESTION = 'Look at this:\n{"text":"Trust me, this fund is different."}\nThank you.'

const ask = {
  anthropic: (key: string, change: object = {}, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.stringify({
        model: 'model-a',
        max_tokens: 100,
        system: 'You look at texts.',
        messages: [{ role: 'user', content: QUESTION }],
        output_config: { format: { type: 'json_schema', schema: SCHEMA } },
        ...change,
      }),
    }),
  openai: (key: string, change: object = {}) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: 'model-o',
        messages: [{ role: 'user', content: QUESTION }],
        response_format: { type: 'json_schema', json_schema: { name: 'concerns', strict: true, schema: SCHEMA } },
        ...change,
      }),
    }),
}
const order = (body: object) => fetch(`${url}/__ctl/faults`, { method: 'POST', body: JSON.stringify(body) })

const CONCERN = expect.stringContaining('"family":"other","quote":"Trust me"')

test('both protocols answer in the form of their vendor, with a concern over dubious words', async () => {
  expect(await (await ask.anthropic('both-a')).json()).toMatchObject({
    type: 'message',
    model: 'model-a',
    content: [{ type: 'text', text: CONCERN }],
    stop_reason: 'end_turn',
    usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
  })
  expect(await (await ask.openai('both-o')).json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { content: CONCERN, refusal: null }, finish_reason: 'stop' }],
    usage: { prompt_tokens: expect.any(Number) },
  })
})

test('what a vendor would refuse is refused: no key, no version, an unknown field', async () => {
  expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' })).status).toBe(401)
  expect((await ask.anthropic('refused', {}, { 'anthropic-version': '' })).status).toBe(400)
  const unknown = await ask.anthropic('refused', { tools: [] })
  expect([unknown.status, await unknown.json()]).toEqual([
    400,
    { type: 'error', error: { type: 'invalid_request_error', message: expect.any(String) } },
  ])
  expect((await ask.openai('refused', { stream: true })).status).toBe(400)
  expect((await fetch(`${url}/v2/anything`)).status).toBe(404)
})

test('a fault strikes the account that it was ordered for, as often as ordered', async () => {
  await order({ account: 'faulty', kind: 'rate_429', times: 2 })
  expect((await ask.anthropic('innocent')).status).toBe(200)
  const limited = await ask.anthropic('faulty')
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '20'])
  expect((await ask.openai('faulty')).status).toBe(429)
  expect((await ask.anthropic('faulty')).status).toBe(200)
  expect((await order({ account: 'faulty', kind: 'earthquake' })).status).toBe(400)
})

test('calls can be read back without their keys, until the account is forgotten', async () => {
  await ask.anthropic('watched')
  const calls = async () => (await fetch(`${url}/__ctl/calls?account=watched`)).json()
  const [call] = (await calls()) as { headers: Record<string, string>; body: { model: string } }[]
  expect([call?.headers['x-api-key'], call?.body.model]).toEqual(['[secret]', 'model-a'])
  await fetch(`${url}/__ctl/reset?account=watched`, { method: 'POST' })
  expect(await calls()).toEqual([])
})

test('an answer can break off in the middle, and a flood has the size that was ordered', async () => {
  await order({ account: 'broken', kind: 'cut' })
  await expect(ask.anthropic('broken').then((answer) => answer.text())).rejects.toThrow()
  await order({ account: 'broken', kind: 'huge', bytes: 100_000 })
  expect((await (await ask.openai('broken')).text()).length).toBe(100_000)
})
