import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sealLog, verifierKey } from '@pramaan/core/audit'
import { testWorld } from '@pramaan/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runPramaan } from '../testing/run-pramaan.ts'

const world = await testWorld()
const folder = mkdtempSync(join(tmpdir(), 'pramaan-fsck-'))
afterAll(() => rmSync(folder, { recursive: true }))
const keys = join(folder, 'keys')
const saved = join(folder, 'saved')

const fsck = (args: string[] = [], databaseUrl: string | undefined = world.url) =>
  runPramaan(['audit', 'fsck', '--origin', 'pramaan.test/audit', '--keys', keys, ...args], {
    databaseUrl,
    now: () => world.clock.now(),
  })

beforeAll(async () => {
  await world.product.pool.query(`insert into audit_entries (action, object_type, object_id, body)
    select 'content.created', 'content', 'number ' || n, '{}' from generate_series(1, 5) as n`)
  await sealLog(world.ctx())
  const { rows } = await world.db.pool.query<{ note: string }>('select note from audit_checkpoints')
  writeFileSync(saved, rows[0]?.note ?? '')
  writeFileSync(keys, world.keys.publicKeys.map((key) => verifierKey('pramaan.test/audit', key)).join('\n'))
})

test('a log that holds ends 0, compared with the checkpoint that was kept', async () => {
  expect(await fsck(['--saved', saved])).toEqual({
    status: 0,
    stdout: 'ok: 6 entries of pramaan.test/audit\n',
    stderr: '',
  })
})

test('a tampered log ends 1 and names what was done', async () => {
  await world.asSuperuser(
    'alter table audit_entries disable trigger user',
    `update audit_entries set action = 'content.approved' where id = (select min(id) from audit_entries)`,
    'alter table audit_entries enable trigger user',
  )
  const { status, stdout } = await fsck()
  expect([status, stdout]).toEqual([1, expect.stringMatching(/^tampered: .*\nedited: .*\n {2}entry \d+ at place 0\n$/)])
  expect(JSON.parse((await fsck(['--json'])).stdout)).toMatchObject({
    outcome: 'tampered',
    findings: [{ kind: 'edited' }],
  })
})

test('what is given as a receipt and is none is named', async () => {
  const { status, stdout } = await fsck(['--receipt', saved])
  expect([status, stdout]).toEqual([
    1,
    expect.stringContaining('a receipt that no known key of pramaan.test/audit signed'),
  ])
})

test('without a database, or with keys that are none, it ends 2 and says so', async () => {
  expect(await fsck([], '')).toMatchObject({ status: 2, stderr: expect.stringContaining('DATABASE_URL') })
  appendFileSync(keys, '\nnot-a-key')
  expect(await fsck()).toMatchObject({ status: 2, stderr: expect.stringContaining('not a verifier key') })
})
