import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireNotBehind, sealLog, verifierKey, verifyDatabase, witnessHead } from '@pramaan/core/audit'
import { testWorld } from '@pramaan/core/testing'
import { openNote, readVerifierKey } from '@pramaan/verifier'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from './serve.ts'
import { stateFile } from './state-file.ts'
import { createWitness } from './witness.ts'

const world = await testWorld()
const origin = 'pramaan.test/audit'
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const folder = mkdtempSync(join(tmpdir(), 'pramaan-witness-'))
const { privateKey: key } = generateKeyPairSync('ed25519')
const now = () => world.clock.now()
const start = () => createWitness({ name: 'witness.test', key, logKeys, state: stateFile(join(folder, 'state')), now })
/** What answers at the address; replaced by a fresh one to see what outlives a restart. */
let current = start()
const server = serve({
  addCheckpoint: (body) => current.addCheckpoint(body),
  lastNote: () => current.lastNote(),
  verifierKey: current.verifierKey,
})
const witness = { url: '', key: readVerifierKey(current.verifierKey) }

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  witness.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const write = async (count: number) => {
  await world.appDb.pool.query(
    `insert into audit_entries (action, object_type, object_id, body)
     select 'test.done', 'test', n::text, '{}' from generate_series(1, $1::int) as n`,
    [count],
  )
  await sealLog(world.ctx())
}
const newestNote = async () => {
  const { rows } = await world.db.pool.query<{ note: string }>(
    'select note from audit_checkpoints order by size desc limit 1',
  )
  return rows[0]?.note ?? ''
}
const show = async (old: number, note: string) => (await current.addCheckpoint(`old ${old}\n\n${note}`)).status

test('each checkpoint is cosigned that adds to the last one, and a restart remembers it', async () => {
  for (const count of [3, 300, 40]) {
    await write(count)
    current = start()
    expect(await witnessHead(world.ctx(), witness)).toBeGreaterThan(count)
    expect(await witnessHead(world.ctx(), witness)).toBeNull()
  }
  const { rows } = await world.db.pool.query<{ line: string }>('select line from audit_cosignatures order by size desc')
  expect(openNote(`${await newestNote()}${rows[0]?.line}\n`, [witness.key]).verified).toMatchObject([
    { kind: 'witness' },
  ])
  const trust = { origin, logKeys, witnessKeys: [witness.key], savedNotes: [current.lastNote() ?? ''] }
  expect(await verifyDatabase(world.url, trust)).toMatchObject({ outcome: 'ok', size: 344 })
})

test('a newest checkpoint without its line is no tampering, but not witnessed', async () => {
  await write(1)
  const trust = { origin, logKeys, witnessKeys: [witness.key], savedNotes: [] }
  expect(await verifyDatabase(world.url, trust)).toMatchObject({
    outcome: 'stale',
    findings: [{ kind: 'unwitnessed' }],
  })
})

test('an answer that was lost is made up for', async () => {
  await world.asSuperuser(
    'alter table audit_cosignatures disable trigger user',
    'delete from audit_cosignatures',
    'alter table audit_cosignatures enable trigger user',
  )
  expect(await witnessHead(world.ctx(), witness)).toBe(345)
})

test('a smaller tree is answered 409, a stranger 403, nonsense 400, and nothing is signed', async () => {
  const note = await newestNote()
  const { rows } = await world.db.pool.query<{ note: string }>(
    'select note from audit_checkpoints order by size limit 1',
  )
  expect(await show(4, rows[0]?.note ?? '')).toBe(409)
  expect(await show(345, note.replace('\n345\n', '\n346\n'))).toBe(403)
  expect(await show(346, note)).toBe(400)
  expect((await current.addCheckpoint('old x')).status).toBe(400)
  expect(current.lastNote()).toBe(note)
})

test('a fork that is signed with the key of the log is answered 422', async () => {
  await write(2)
  await world.asSuperuser(
    'alter table audit_leaves disable trigger user',
    `update audit_leaves set hash = sha256('another history') where leaf_index = 345`,
    'alter table audit_leaves enable trigger user',
  )
  // The proof is made from the leaves as they are now, the checkpoint was signed before.
  await expect(witnessHead(world.ctx(), witness)).rejects.toThrow('the witness refused 347 entries: 422')
})

test('a log that was set back behind what the witness saw is not sealed on', async () => {
  await expect(requireNotBehind(world.ctx(), witness, logKeys)).resolves.toBeUndefined()
  await world.asSuperuser(
    'alter table audit_checkpoints disable trigger user',
    'alter table audit_heads disable trigger user',
    'alter table audit_cosignatures disable trigger user',
    'delete from audit_cosignatures where size > 300',
    'delete from audit_checkpoints where size > 300',
    'delete from audit_heads where size > 300',
  )
  await expect(requireNotBehind(world.ctx(), witness, logKeys)).rejects.toThrow('the log was set back')
  await expect(witnessHead(world.ctx(), witness)).rejects.toThrow('the witness has seen 345 entries')
})
