import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { makeAdvisor, makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import type { UseCaseName } from './access.ts'
import type { Ctx } from './context.ts'
import { command, query } from './use-case.ts'

const world = await testWorld()
const [one, other] = [await makeAdvisor(world), await makeAdvisor(world)]
for (const firm of [one, other]) await createContent(firm.owner(), { content: 'Save a little every month.' })

const ALL = sql`select distinct advisor_id as id from contents order by 1`
const input = z.strictObject({ advisorId: z.uuid().optional() })

/** What a use case of this name gets from a query that has no WHERE: read on its own, and in its transaction. */
async function seenBy(ctx: Ctx, name: UseCaseName, asked: z.input<typeof input> = {}): Promise<unknown[]> {
  const reading = query({ name, input, run: async ({ db }) => (await db.read.execute(ALL)).rows })
  const looking = query({ name, input, run: async ({ db }) => (await db.lookup.execute(ALL)).rows })
  const changing = command({
    name,
    input,
    run: async ({ tx }) => ({ output: (await tx.execute(ALL)).rows, unchanged: true }),
  })
  const [first, ...others] = await Promise.all([reading(ctx, asked), looking(ctx, asked), changing(ctx, asked)])
  for (const rows of others) expect(rows).toEqual(first)
  return (first ?? []).map(({ id }) => id)
}

const both = [one.advisorId, other.advisorId].toSorted()

test('security.md 49: a use case of a firm that forgets the WHERE sees its own firm, for a person as for an API key', async () => {
  expect(await seenBy(one.owner(), 'content.create')).toEqual([one.advisorId])
  expect(await seenBy(other.member(), 'content.create')).toEqual([other.advisorId])
  expect(await seenBy(one.key('content:write'), 'content.create')).toEqual([one.advisorId])
  // What a caller names changes nothing: only jobs act for the firm of their payload.
  expect(await seenBy(one.owner(), 'content.create', { advisorId: other.advisorId })).toEqual([one.advisorId])
})

test('security.md 49: an inspector sees the firm of the grant', async () => {
  const inspection = { grantId: world.ctx().newId(), advisorId: one.advisorId, scopes: ['content' as const] }
  const inspector = { ...makeStaff(world, 'inspector'), ...world.ctx(undefined, one.advisorId), inspection }
  const reading = query({ name: 'content.list', input, run: async ({ db }) => (await db.read.execute(ALL)).rows })
  expect((await reading(inspector, {})).map(({ id }) => id)).toEqual([one.advisorId])
})

test('security.md 49: a job sees the firm of its payload, and none without one', async () => {
  expect(await seenBy(world.ctx(), 'compliance.run_stage', { advisorId: other.advisorId })).toEqual([other.advisorId])
  expect(await seenBy(world.ctx(), 'compliance.run_stage')).toEqual([])
})

test('security.md 49: staff, strangers and upkeep see all firms where their line of the access table says so', async () => {
  expect(await seenBy(makeStaff(world, 'reviewer'), 'review.claim')).toEqual(both)
  expect(await seenBy(world.ctx({ kind: 'anonymous' }), 'session.start')).toEqual(both)
  expect(await seenBy(world.ctx(), 'delivery.sweep')).toEqual(both)
  expect(await seenBy(makeStaff(world, 'admin'), 'password.change')).toEqual([])
})
