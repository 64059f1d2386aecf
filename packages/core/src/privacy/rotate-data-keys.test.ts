import { randomBytes } from 'node:crypto'
import { schema } from '@pramaan/db'
import { and, count, eq, ne } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { freshKeys, testWorld } from '../../testing/index.ts'
import { loadKeys, PLATFORM_OWNER } from '../platform/crypto.ts'
import { rotateDataKeys } from './index.ts'

const material = freshKeys()
const [old] = material.keyring
if (!old) throw new Error('the keys of a test have one')
const next = { id: 'k2', secret: randomBytes(32) }
const third = { id: 'k3', secret: randomBytes(32) }
const PLACE = { table: 'recipients', column: 'name', rowId: 'one' }

const world = await testWorld({ keys: material })
const ringOf = (...keyring: (typeof material.keyring)[number][]) => loadKeys(world.db, { ...material, keyring })

/** How many data keys lie under each key of the ring. */
async function wrappedBy(): Promise<Record<string, number>> {
  const { keyringId } = schema.dataKeys
  const rows = await world.db.read
    .select({ keyringId, count: count() })
    .from(schema.dataKeys)
    .groupBy(keyringId)
    .orderBy(keyringId)
  return Object.fromEntries(rows.map((row) => [row.keyringId, row.count]))
}

test('a rotation wraps every data key anew, opens what they sealed, and needs the old key no more', async () => {
  const { advisorId } = await makeAdvisor(world)
  const sealed = world.keys.seal(await world.keys.dataKeyOf(world.db.read, advisorId), PLACE, 'Meera Iyer')
  const hash = world.keys.lookupHash('recipient.phone', '+919800000001')
  const [before] = Object.values(await wrappedBy())

  const ctx = { ...world.ctx(), keys: await ringOf(next, old) }
  expect(await rotateDataKeys(ctx)).toEqual({ rewrapped: before, keyId: 'k2' })
  expect(await wrappedBy()).toEqual({ k2: before })
  expect(await world.auditActions('k2')).toEqual(['data_keys.rewrapped'])

  const withoutOld = await ringOf(next)
  expect(await withoutOld.open(world.db.read, advisorId, PLACE, sealed)).toBe('Meera Iyer')
  expect(withoutOld.lookupHash('recipient.phone', '+919800000001').equals(hash)).toBe(true)
  await expect(ringOf(old)).rejects.toThrow('KEYRING lacks the key k2')
  expect(await rotateDataKeys(ctx)).toEqual({ rewrapped: 0, keyId: 'k2' })
})

test('a rotation that is killed in the middle leaves every key readable, and the next one does the rest', async () => {
  const keys = await ringOf(third, next)
  const before = await ringOf(next)
  await world.db.transaction(async (tx) => {
    await Promise.all(Array.from({ length: 1_200 }, () => before.createDataKey(tx, world.ctx().newId())))
  })
  const total = Object.values(await wrappedBy()).reduce((sum, one) => sum + one, 0)
  const killed = new Error('killed')
  const dying = rotateDataKeys({ ...world.ctx(), keys }, () => {
    throw killed
  })
  await expect(dying).rejects.toBe(killed)
  const halfway = await wrappedBy()
  expect(halfway).toEqual({ k2: total - 500, k3: 500 })
  // Keys of both halves.
  for (const keyringId of ['k2', 'k3']) {
    const [{ ownerId } = { ownerId: '' }] = await world.db.read
      .select()
      .from(schema.dataKeys)
      .where(and(eq(schema.dataKeys.keyringId, keyringId), ne(schema.dataKeys.ownerId, PLATFORM_OWNER)))
      .limit(1)
    expect((await keys.dataKeyOf(world.db.read, ownerId)).ownerId).toBe(ownerId)
  }
  expect(await rotateDataKeys({ ...world.ctx(), keys })).toEqual({ rewrapped: total - 500, keyId: 'k3' })
  expect(await wrappedBy()).toEqual({ k3: total })
})

test('two rotations at once wrap each key once', async () => {
  const [before] = Object.entries(await wrappedBy())
  if (!before) throw new Error('there is a key at least')
  const ring = [{ id: 'k4', secret: randomBytes(32) }, third]
  const both = await Promise.all(
    [0, 1].map(async () => rotateDataKeys({ ...world.ctx(), keys: await ringOf(...ring) })),
  )
  expect(both.reduce((sum, { rewrapped }) => sum + rewrapped, 0)).toBe(before[1])
  expect(await wrappedBy()).toEqual({ k4: before[1] })
})
