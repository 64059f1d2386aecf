import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type AiFault, aiDouble } from '../../../testing/ai-double.ts'
import { UpstreamError } from '../../platform/errors.ts'
import { createRedis } from '../../platform/redis.ts'
import { createAnswerCache } from './index.ts'

const { ai: url } = inject('emulators')

const Answer = z.strictObject({
  concerns: z
    .array(
      z.strictObject({ family: z.enum(['guarantee', 'other']), quote: z.string().min(1), why: z.string().max(300) }),
    )
    .max(10),
})
const QUESTION = { system: 'You look at texts.', user: '{"text":"Trust me, this one is different."}', answer: Answer }
const NO_CONCERN = { concerns: [] }

/** Where a redirect would lead; nobody may come. */
let visitors = 0
const canary = createServer((_, response) => {
  visitors++
  response.end('{}')
})
await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
afterAll(() => {
  canary.close()
})

describe.each(['anthropic', 'openai'] as const)('%s', (provider) => {
  const ask = (model: ReturnType<typeof aiDouble>, timeoutMs = 10_000) => model.client.ask(QUESTION, { timeoutMs })

  async function failureWith(fault: AiFault, options = {}, timeoutMs?: number): Promise<UpstreamError> {
    const model = aiDouble(url, provider)
    await model.order(fault, options)
    const error = await ask(model, timeoutMs).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UpstreamError)
    return error as UpstreamError
  }

  test('an answer of the shape that was asked for comes back with its cost', async () => {
    const answer = await ask(aiDouble(url, provider))
    expect(answer.value?.concerns).toMatchObject([{ family: 'other', quote: 'Trust me' }])
    expect(JSON.parse(answer.text)).toEqual(answer.value)
    expect(answer.inputTokens).toBeGreaterThan(0)
    expect(answer.outputTokens).toBeGreaterThan(0)
  })

  test('the question carries a schema without bounds, and no key in its body', async () => {
    const model = aiDouble(url, provider)
    await ask(model)
    const [body = ''] = await model.calls()
    expect(body).toContain('"additionalProperties":false')
    expect(body).not.toMatch(/maxItems|maxLength|minLength|\$schema/)
  })

  test.each<AiFault>(['refusal', 'cut_short', 'not_json', 'wrong_shape', 'hostile', 'echo'])(
    'an answer that is not as asked (%s) is no value, but is counted',
    async (fault) => {
      const model = aiDouble(url, provider)
      await model.order(fault)
      const { value, inputTokens } = await ask(model)
      expect(value).toBeNull()
      expect(inputTokens).toBeGreaterThan(0)
    },
  )

  test.each<[AiFault, object, boolean]>([
    ['auth', {}, false],
    ['rate_429', {}, true],
    ['status', { status: 500 }, true],
    ['status', { status: 529 }, true],
    ['status', { status: 502, body: 'html' }, true],
    ['reset', {}, true],
    ['cut', {}, true],
    ['truncated_json', {}, true],
    ['empty_200', {}, true],
    ['huge', {}, true],
  ])('a vendor that fails (%s %j) is an UpstreamError, retryable: %s', async (fault, options, retryable) => {
    const error = await failureWith(fault, options)
    expect([error.vendor, error.retryable, error.outcomeUnknown]).toEqual(['ai', retryable, false])
    expect(error.message).not.toMatch(/sk-emulated|Bearer|127\.0\.0\.1/)
  })

  test('a slow vendor is given up at the limit', async () => {
    const error = await failureWith('slow', { ms: 60_000 }, 100)
    expect(error.message).toContain('within 100 ms')
  })

  test('no redirect is followed', async () => {
    const { port } = canary.address() as AddressInfo
    const error = await failureWith('redirect', { to: `http://127.0.0.1:${port}/inside` })
    expect(error.vendorCode).toBe(307)
    expect(visitors).toBe(0)
  })

  test('after a failure the next call is a new one', async () => {
    const model = aiDouble(url, provider)
    await model.order('reset')
    await expect(ask(model)).rejects.toBeInstanceOf(UpstreamError)
    await model.order('no_concern')
    expect((await ask(model)).value).toEqual(NO_CONCERN)
    expect(await model.calls()).toHaveLength(2)
  })
})

test('the cache gives back the very bytes, and has nothing while Redis is away', async () => {
  const redis = createRedis(inject('redis')[0]?.url ?? '', () => undefined)
  const cache = createAnswerCache(redis)
  const bytes = Buffer.from([0, 255, 128, 10])
  await cache.keep('ai:test:bytes', bytes)
  expect(await cache.read('ai:test:bytes')).toEqual(bytes)
  expect(await redis.ttl('ai:test:bytes')).toBeGreaterThan(3600)
  redis.disconnect()
  expect(await cache.read('ai:test:bytes')).toBeNull()
  await cache.keep('ai:test:bytes', bytes)
})
