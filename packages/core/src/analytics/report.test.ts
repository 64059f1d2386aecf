import { schema } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { report } from './report.ts'

const { contents } = schema
const world = await testWorld()
const [one, other] = [await makeAdvisor(world), await makeAdvisor(world)]
for (const firm of [one, other]) await createContent(firm.owner(), { content: 'Save a little every month.' })

const firmsSeen = async (ctx: Parameters<typeof report>[0]) => {
  const { result } = await report(ctx, (queries) => queries.select({ id: contents.advisorId }).from(contents))
  return result.map(({ id }) => id).toSorted()
}

test('a report sees the rows of the firm of its context, and none without one', async () => {
  expect(await firmsSeen(one.owner())).toEqual([one.advisorId])
  expect(await firmsSeen(other.key('content:read'))).toEqual([other.advisorId])
  expect(await firmsSeen(makeStaff(world, 'admin'))).toEqual([])
  expect(await firmsSeen({ db: world.product.acrossAdvisors })).toEqual([one.advisorId, other.advisorId].toSorted())
})

test('what one report read is no part of the reach of the next one on the same connection', async () => {
  const contexts = [one.owner(), makeStaff(world, 'admin'), other.owner(), one.owner()]
  const seen = await Promise.all(contexts.map(firmsSeen))
  expect(seen).toEqual([[one.advisorId], [], [other.advisorId], [one.advisorId]])
})

test('a report cannot write', async () => {
  const writing = report(one.owner(), (queries) => queries.update(contents).set({ topic: 'written' }))
  await expect(writing).rejects.toMatchObject({ cause: { code: '25006' } })
})

test('all statements of a report see one moment, and it is complete up to the moment it names', async () => {
  const firm = await makeAdvisor(world)
  const before = new Date()
  const { asOf, source, result } = await report(firm.owner(), async (queries) => {
    const first = await queries.$count(contents)
    await createContent(firm.owner(), { content: 'A monthly SIP builds a habit.' })
    return [first, await queries.$count(contents)]
  })
  expect(result).toEqual([0, 0])
  expect(source).toBe('primary')
  expect(new Date(asOf).getTime()).toBeGreaterThanOrEqual(before.getTime())
  expect(await firmsSeen(firm.owner())).toEqual([firm.advisorId])
})

test('a report that takes too long is ended by the server and told as unavailable', async () => {
  const endless = report(one.owner(), async (queries) => {
    await queries.execute(sql`set local statement_timeout = 50`)
    await queries.execute(sql`select pg_sleep(60)`)
  })
  await expect(endless).rejects.toMatchObject({ code: 'unavailable' })
  expect(await firmsSeen(one.owner())).toEqual([one.advisorId])
})

test('no statement of a report may take longer than five seconds, whoever it is for', async () => {
  for (const db of [one.owner().db, world.product.acrossAdvisors]) {
    const { result } = await report({ db }, (queries) =>
      queries.execute<{ limit: string }>(sql`select current_setting('statement_timeout') as limit`),
    )
    expect(result.rows).toEqual([{ limit: '5s' }])
  }
})

test('a report that fails gives its connection back, whatever it left open', async () => {
  for (let run = 0; run < 5; run++) {
    const failing = report(one.owner(), () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
  }
  expect(await firmsSeen(one.owner())).toEqual([one.advisorId])
})
