import { describe, expect, inject, test } from 'vitest'
import { aiDouble } from '../../testing/ai-double.ts'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { createAnswerCache } from '../clients/ai/index.ts'
import { createRedis } from '../platform/redis.ts'
import { askModel, runStage } from './index.ts'
import { modelWorld, WILLING } from './testing/model-world.ts'

const { beside, drain, own, redis, statusOf, submit, usesOf, verdictOf, world } = await modelWorld()
const { ai: url } = inject('emulators')

describe('the cache', () => {
  test('answers the same question again without a call, and says so', async () => {
    const model = aiDouble(url)
    const advisor = await makeAdvisor(world, WILLING)
    const text = `${own()} Trust me.`
    for (const wanted of ['ok', 'cached']) {
      const id = await submit(advisor, text)
      await drain(model)
      expect((await verdictOf(advisor, id))?.ai).toMatchObject({ status: wanted, concerns: [{ quote: 'Trust me' }] })
      expect(await statusOf(advisor, id)).toBe('in_review')
    }
    expect(await model.calls()).toHaveLength(1)
    const uses = (await usesOf(advisor)).map(({ source, inputTokens }) => [source, inputTokens > 0])
    expect(uses.toSorted()).toEqual([
      ['cache', false],
      ['model', true],
    ])
  })

  test('keeps firms apart: the same text of another firm is another question, and a moved answer is none', async () => {
    const model = aiDouble(url)
    const text = own()
    const [mine, theirs] = [await makeAdvisor(world, WILLING), await makeAdvisor(world, WILLING)]
    await submit(mine, text)
    await drain(model)
    const [kept = ''] = await redis.keys(`ai:${mine.advisorId}:*`)
    const sealed = (await redis.getBuffer(kept)) ?? Buffer.alloc(0)
    expect(sealed.toString('latin1')).not.toContain('concerns')
    await submit(theirs, text)
    await drain(model)
    expect(await model.calls()).toHaveLength(2)
    const [other = ''] = await redis.keys(`ai:${theirs.advisorId}:*`)
    expect(other.split(':')[2]).not.toBe(kept.split(':')[2])
    await redis.set(other, sealed)
    await submit(theirs, text)
    await drain(model)
    expect(await model.calls()).toHaveLength(3)
  })

  test('keeps no answer that could not be used, and no failure', async () => {
    const advisor = await makeAdvisor(world, WILLING)
    for (const fault of ['not_json', 'hostile', 'status'] as const) {
      const model = aiDouble(url)
      await model.order(fault)
      await submit(advisor, own())
      await drain(model)
    }
    expect(await redis.keys(`ai:${advisor.advisorId}:*`)).toEqual([])
  })

  test('costs a call when Redis is away, and nothing else', async () => {
    const away = createRedis('redis://127.0.0.1:1', () => undefined)
    away.disconnect()
    const model = aiDouble(url)
    const advisor = await makeAdvisor(world, WILLING)
    const text = own()
    for (const calls of [1, 2]) {
      const id = await submit(advisor, text)
      await drain(model, { cache: createAnswerCache(away) })
      expect(await statusOf(advisor, id)).toBe('approved')
      expect(await model.calls()).toHaveLength(calls)
    }
  })
})

describe('what a firm may spend', () => {
  const reasons = async (advisor: TestAdvisor) => (await usesOf(advisor)).map(({ reason }) => reason)

  test('is bounded by calls a day in India, also under 30 checks at once; then the rules decide alone', async () => {
    const model = aiDouble(url)
    const advisor = await makeAdvisor(world, WILLING)
    const ids = await Promise.all(Array.from({ length: 30 }, () => submit(advisor, own())))
    const parallel: Promise<void>[] = []
    const poor = { ai: { dailyCalls: 4 } }
    await world.drainJobs({
      'compliance.ask-model': async (ctx, payload) => parallel.push(askModel(beside(ctx, model, poor), payload)),
      'compliance.run-stage': async (ctx, payload) => {
        await Promise.all(parallel)
        await runStage(beside(ctx, model, poor), payload)
      },
    })
    expect(await model.calls()).toHaveLength(4)
    expect((await reasons(advisor)).filter((reason) => reason === 'budget_spent')).toHaveLength(26)
    for (const id of ids) expect(await statusOf(advisor, id)).toBe('approved')
    world.clock.advance(24 * 3_600_000)
    await submit(advisor, own())
    await drain(model, poor)
    expect(await model.calls()).toHaveLength(5)
    await submit(advisor, own())
    await drain(model, { ai: { dailyCalls: 0 } })
    expect(await model.calls()).toHaveLength(5)
  })

  test('is cut off for five minutes after five failures in a row; then one call tries, and a good one ends it', async () => {
    const model = aiDouble(url)
    const advisor = await makeAdvisor(world, WILLING)
    const once = async () => {
      const id = await submit(advisor, own())
      await drain(model)
      expect(await statusOf(advisor, id)).toBe('approved')
      return (await usesOf(advisor)).find((use) => use.contentId === id)?.reason
    }
    await model.order('status', { times: 6 })
    for (let failure = 0; failure < 5; failure++) expect(await once()).toBe('vendor_failed')
    expect([await once(), await once()]).toEqual(['circuit_open', 'circuit_open'])
    expect(await model.calls()).toHaveLength(5)
    const neighbour = await makeAdvisor(world, WILLING)
    await submit(neighbour, own())
    await drain(aiDouble(url))
    expect(await reasons(neighbour)).toEqual([null])
    world.clock.advance(5 * 60_000 + 1_000)
    expect([await once(), await once()]).toEqual(['vendor_failed', 'circuit_open'])
    world.clock.advance(5 * 60_000 + 1_000)
    expect([await once(), await once()]).toEqual([null, null])
    expect(await model.calls()).toHaveLength(8)
  })
})
