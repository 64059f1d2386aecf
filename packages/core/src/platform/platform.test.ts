import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import pg from 'pg'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { testWorld } from '../../testing/index.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { AppError } from './errors.ts'
import { defineJob } from './queue.ts'
import { command } from './use-case.ts'

const world = await testWorld()
const sweep = defineJob('platform.sweep', { label: z.string() })

const rename = command({
  name: 'advisor.register',
  input: z.strictObject({ id: z.uuid(), name: z.string() }),
  async run(ctx, input) {
    await ctx.tx.insert(schema.advisors).values({ id: input.id, displayName: input.name })
    if (input.name === 'refused') {
      throw new AppError('conflict', 'no', {
        refusal: { action: 'advisor.rename_refused', objectType: 'advisor', objectId: input.id },
      })
    }
    return {
      output: { id: input.id },
      audit: { action: 'advisor.renamed', objectType: 'advisor', objectId: input.id },
      jobs: [sweep.with({ label: input.name })],
    }
  },
})
const advisorsNamed = (name: string) =>
  world.db.read.select().from(schema.advisors).where(eq(schema.advisors.displayName, name))

test('a change, its audit entry and its job are committed together', async () => {
  const ctx = world.ctx()
  const id = ctx.newId()
  await rename(ctx, { id, name: 'together' })
  expect(await world.auditActions(id)).toEqual(['advisor.renamed'])
  const seen: unknown[] = []
  await world.drainJobs({ 'platform.sweep': async (_, payload) => seen.push(payload) })
  expect(seen).toEqual([{ label: 'together', version: 1 }])
})

test('a refused change leaves no row and no job but an entry that it was refused', async () => {
  const ctx = world.ctx()
  const id = ctx.newId()
  await expect(rename(ctx, { id, name: 'refused' })).rejects.toMatchObject({ code: 'conflict' })
  expect(await advisorsNamed('refused')).toEqual([])
  expect(await world.auditActions(id)).toEqual(['advisor.rename_refused'])
})

test('a change whose entry cannot be written is rolled back', async () => {
  const ctx = world.ctx()
  const broken = command({
    name: 'advisor.register',
    input: z.strictObject({}),
    async run({ tx, newId }) {
      await tx.insert(schema.advisors).values({ id: newId(), displayName: 'unaudited' })
      return { output: null, audit: { action: null as never, objectType: 'advisor', objectId: 'x' } }
    },
  })
  await expect(broken(ctx, {})).rejects.toThrow()
  expect(await advisorsNamed('unaudited')).toEqual([])
})

test('somebody without the role is refused, and the log says so', async () => {
  const userId = world.ctx().newId()
  const guarded = command({
    name: 'admin.list_advisors',
    input: z.strictObject({}),
    run: async () => ({ output: 1, unchanged: true }),
  })
  const ctx = world.ctx(
    { kind: 'user', userId, role: 'advisor', memberRole: 'owner', sessionId: 's' },
    world.ctx().newId(),
  )
  await expect(guarded(ctx, {})).rejects.toMatchObject({ code: 'forbidden' })
  expect(await world.auditActions('admin.list_advisors')).toEqual(['admin.list_advisors.refused'])
  await expect(guarded(world.ctx({ kind: 'anonymous' }), {})).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('the same idempotency key gives the first answer once, refuses another body, and twenty at once change one thing', async () => {
  const userId = world.ctx().newId()
  const base = world.ctx({ kind: 'user', userId, role: 'advisor', memberRole: 'owner', sessionId: 's' }, userId)
  const keyed = (requestHash: string) => ({
    ...base,
    idempotency: { key: 'k', operation: 'POST /x', requestHash, replayed: false },
  })
  const id = base.newId()
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => rename(keyed('h'), { id, name: 'once' })))
  expect(await advisorsNamed('once')).toHaveLength(1)
  for (const one of all) {
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'idempotency_in_progress' })
    else expect(one.value).toEqual({ id })
  }
  const again = keyed('h')
  expect(await rename(again, { id: base.newId(), name: 'once' })).toEqual({ id })
  expect(again.idempotency.replayed).toBe(true)
  await expect(rename(keyed('other'), { id, name: 'once' })).rejects.toMatchObject({ code: 'idempotency_mismatch' })
})

test('a sealed value opens only in its own place', async () => {
  const ownerId = world.ctx().newId()
  const place = { table: 'users', column: 'email', rowId: ownerId }
  const key = await world.db.transaction((tx) => world.keys.createDataKey(tx, ownerId))
  const sealed = world.keys.seal(key, place, 'asha@example.test')
  expect(await world.keys.open(world.db.read, ownerId, place, sealed)).toBe('asha@example.test')
  await expect(world.keys.open(world.db.read, ownerId, { ...place, column: 'full_name' }, sealed)).rejects.toThrow()
  sealed.writeUInt8((sealed.at(-1) ?? 0) ^ 1, sealed.length - 1)
  await expect(world.keys.open(world.db.read, ownerId, place, sealed)).rejects.toThrow()
})

test('a cursor of another list is refused', () => {
  const cursor = encodeCursor(world.keys, 'content', 'last')
  expect(decodeCursor(world.keys, 'content', cursor)).toBe('last')
  expect(() => decodeCursor(world.keys, 'audit', cursor)).toThrow(/invalid_cursor/)
  expect(() => decodeCursor(world.keys, 'content', 'rubbish')).toThrow(/invalid_cursor/)
})

test.each(['audit_entries', 'content_versions', 'verdicts', 'approvals', 'consents'])(
  '%s refuses change, by the app role and by the owner of the database',
  async (table) => {
    await expect(world.product.pool.query(`delete from ${table}`)).rejects.toMatchObject({ code: '42501' })
    await expect(world.product.pool.query(`truncate ${table}`)).rejects.toMatchObject({ code: '42501' })
    const owner = new pg.Client({ connectionString: world.adminUrl })
    await owner.connect()
    try {
      await expect(owner.query(`truncate ${table} cascade`)).rejects.toMatchObject({ code: '23001' })
    } finally {
      await owner.end()
    }
  },
)
