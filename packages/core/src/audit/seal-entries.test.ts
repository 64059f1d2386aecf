import { schema } from '@pramaan/db'
import {
  growingTree,
  hashLeaf,
  openNote,
  provesConsistency,
  provesInclusion,
  readCheckpoint,
  readVerifierKey,
} from '@pramaan/verifier'
import { asc, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { freshKeys, testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { loadKeys } from '../platform/crypto.ts'
import { listCheckpoints, logStatus, proveConsistency, proveEvent, sealLog } from './index.ts'
import { verifierKey } from './rules/signed-note.ts'
import { sealEntries, signHead } from './seal-entries.ts'

const material = freshKeys()
const world = await testWorld({ keys: material })
const origin = world.ctx().settings.auditOrigin
const keys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const opened = (note: string) => readCheckpoint(openNote(note, keys).text)
const bytes = (hashes: string[]) => hashes.map((hash) => Buffer.from(hash, 'base64'))
const leavesOf = (advisorId: string) =>
  world.db.read
    .select()
    .from(schema.auditLeaves)
    .where(sql`stream = ${advisorId}`)
    .orderBy(asc(schema.auditLeaves.leafIndex))

let advisor: TestAdvisor
beforeEach(async () => {
  advisor = await makeAdvisor(world)
})
const write = (content = 'Mutual fund investments are subject to market risks.') =>
  createContent(advisor.owner(), { content, submit: false })

test('every entry is proven to stand in the log by a verifier that knows the public key alone', async () => {
  for (let at = 0; at < 5; at++) await write(`Text ${at}`)
  await sealLog(world.ctx())
  const leaves = await leavesOf(advisor.advisorId)
  expect(leaves.length).toBe(5)
  for (const { entryId, leafIndex } of leaves) {
    const proof = await proveEvent(advisor.owner(), { id: String(entryId) })
    const { size, root } = opened(proof.checkpoint.note)
    expect(provesInclusion(hashLeaf(proof.leaf), BigInt(leafIndex), size, bytes(proof.hashes), root)).toBe(true)
    expect(hashLeaf(proof.leaf).toString('base64')).toBe(proof.leafHash)
    expect(JSON.parse(proof.leaf)).toMatchObject({ id: String(entryId), index: leafIndex, action: 'content.created' })
  }
})

test('each checkpoint is shown to add to all before it', async () => {
  for (let at = 0; at < 6; at++) {
    await write(`Text ${at}`)
    await sealLog(world.ctx())
  }
  const { items } = await listCheckpoints(advisor.owner(), { limit: 6 })
  const [newest] = items
  if (!newest) throw new Error('no checkpoint')
  for (const old of items) {
    const { hashes } = await proveConsistency(advisor.owner(), { from: String(old.size), to: String(newest.size) })
    const [before, after] = [opened(old.note), opened(newest.note)]
    expect(provesConsistency(before.size, before.root, after.size, after.root, bytes(hashes))).toBe(true)
  }
})

test('an entry that commits late is sealed late, and none is passed over', async () => {
  const sealedBefore = await world.db.transaction(async (tx) => {
    await tx.execute(sql`insert into audit_entries (advisor_id, action, object_type, object_id, body) values
      (${advisor.advisorId}, 'early.number', 'test', '',
        '{"actor": {"kind": "system", "role": null}, "requestId": "r", "outcome": "done"}')`)
    await write()
    await sealLog(world.ctx())
    return leavesOf(advisor.advisorId)
  })
  await sealLog(world.ctx())
  const sealed = await leavesOf(advisor.advisorId)
  expect([sealedBefore.length, sealed.length]).toEqual([1, 2])
  expect(sealed.map((leaf) => leaf.streamSequence)).toEqual([1, 2])
  expect(sealed.at(1)?.entryId).toBeLessThan(sealed.at(0)?.entryId ?? 0n)
})

test('fifty commands of one advisor at once, with sealers beside them, keep their order and lose nothing', async () => {
  let writing = true
  const sealers = [1, 2, 3].map(async () => {
    while (writing) await sealLog(world.ctx())
  })
  const first = await write('First')
  await Promise.all(Array.from({ length: 50 }, (_, at) => write(`Text ${at}`)))
  const last = await write('Last')
  writing = false
  await Promise.all(sealers)
  await sealLog(world.ctx())
  const leaves = await leavesOf(advisor.advisorId)
  expect(leaves.map((leaf) => leaf.streamSequence)).toEqual(Array.from({ length: 52 }, (_, at) => at + 1))
  expect(await world.db.read.$count(schema.auditPending)).toBe(0)
  const placeOf = async (contentId: string) => {
    const { rows } = await world.db.read.execute<{ at: string }>(sql`select stream_sequence as at from audit_leaves
      join audit_entries on id = entry_id where object_id = ${contentId}`)
    return Number(rows[0]?.at)
  }
  // What happened before another thing began stands before it, whatever else ran beside.
  expect([await placeOf(first.contentId), await placeOf(last.contentId)]).toEqual([1, 52])
})

test('of sealers that run at once none makes a second tree of the same size', async () => {
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 4 }, (_, at) => write(`Text ${round} ${at}`)))
    await Promise.all(Array.from({ length: 4 }, () => sealLog(world.ctx())))
  }
  const tree = growingTree()
  const roots = new Map<number, Buffer>()
  const leaves = await world.db.read.select().from(schema.auditLeaves).orderBy(asc(schema.auditLeaves.leafIndex))
  for (const [at, leaf] of leaves.entries()) {
    expect(leaf.leafIndex).toBe(at)
    tree.add(leaf.hash)
    roots.set(at + 1, tree.root())
  }
  const heads = await world.db.read.select().from(schema.auditHeads)
  for (const { size, root } of heads) expect([size, root]).toEqual([size, roots.get(size)])
})

test('a sealer that died before it signed signs the same bytes the next time', async () => {
  await write()
  await sealEntries(world.ctx())
  const again = { ...world.ctx() }
  const size = await signHead(again)
  expect(size).not.toBeNull()
  const [signed] = (await listCheckpoints(advisor.owner(), { limit: 1 })).items
  expect(signed?.size).toBe(size)
  expect(opened(signed?.note ?? '').size).toBe(BigInt(size ?? 0))
  expect(await signHead(again)).toBeNull()
})

test('while a key is replaced both sign, and who knows either one can open the checkpoint', async () => {
  const both = await loadKeys(world.db, {
    ...material,
    signingKey: freshKeys().signingKey,
    olderSigningKeys: [material.signingKey],
  })
  await write()
  await sealLog({ ...world.ctx(), keys: both })
  const [checkpoint] = (await listCheckpoints(advisor.owner(), { limit: 1 })).items
  for (const key of both.publicKeys) {
    const known = [readVerifierKey(verifierKey(origin, key))]
    expect(openNote(checkpoint?.note ?? '', known)).toMatchObject({ verified: [{ name: origin }], unknown: 1 })
  }
  // What the old key signed still holds.
  expect(both.verify('approval', 'a proof', world.keys.sign('approval', 'a proof'))).toBe(true)
})

test('an entry deleted before its sealing stops the sealing with its number', async () => {
  await write()
  const { rows } = await world.db.read.execute<{ id: string }>(sql`select max(id) as id from audit_entries`)
  await world.asSuperuser(
    'alter table audit_entries disable trigger append_only',
    `delete from audit_entries where id = ${rows[0]?.id}`,
  )
  await expect(sealLog(world.ctx())).rejects.toThrow(`the entry ${rows[0]?.id} was deleted before it was sealed`)
  await world.asSuperuser(`delete from audit_pending where entry_id = ${rows[0]?.id}`)
  await sealLog(world.ctx())
})

test('the delay of the oldest entry is told, and is an alarm above a minute', async () => {
  await sealLog(world.ctx())
  expect(await logStatus(world.db)).toMatchObject({ mergeDelayMs: 0, late: false })
  await write()
  await world.asSuperuser(`update audit_pending set recorded_at = recorded_at - interval '61 seconds'`)
  expect(await logStatus(world.db)).toMatchObject({ late: true })
  await world.asSuperuser(`update audit_pending set recorded_at = recorded_at + interval '61 seconds'`)
  await sealLog(world.ctx())
})

test('the proof of an entry is refused to other firms, and asked for again while the entry is not sealed', async () => {
  await write()
  const { rows } = await world.db.read.execute<{ id: string }>(sql`select max(id) as id from audit_entries`)
  const id = String(rows[0]?.id)
  await expect(proveEvent(advisor.owner(), { id })).rejects.toMatchObject({ code: 'invalid_state' })
  const other = await makeAdvisor(world)
  await expect(proveEvent(other.owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
})
