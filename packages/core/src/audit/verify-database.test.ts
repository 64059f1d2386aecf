import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  cosignedBytes,
  type FindingKind,
  type Report,
  readVerifierKey,
  type Trust,
  type VerifierKey,
  verifyLog,
} from '@pramaan/verifier'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { freshKeys, testWorld } from '../../testing/index.ts'
import { createContent } from '../content/index.ts'
import { loadKeys } from '../platform/crypto.ts'
import { sealLog, verifyDatabase } from './index.ts'
import { type Rows, readLog } from './read-log.ts'
import { verifierKey } from './rules/signed-note.ts'
import { forgeLog } from './testing/forge-log.ts'

/**
 * What a superuser can do to the log (fault list E, F37), each undone afterwards. He switches the triggers off first;
 * the verifier has the public keys and, where it says so, a checkpoint that was kept outside.
 */
const material = freshKeys()
const world = await testWorld({ keys: material })
const origin = world.ctx().settings.auditOrigin
const trust: Trust = {
  origin,
  logKeys: world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key))),
  witnessKeys: [],
  savedNotes: [],
}
const superuser = new pg.Client({ connectionString: world.adminUrl })
const rows: Rows = async <Row>(text: string, values: unknown[] = []) =>
  (await superuser.query(text, values)).rows as Row[]
/** The checkpoint that somebody outside kept, over 301 of the 321 entries. */
const kept: string[] = []

beforeAll(async () => {
  await superuser.connect()
  const [first, second] = [await makeAdvisor(world), await makeAdvisor(world)]
  const write = async (count: number) => {
    for (let at = 0; at < count; at++) {
      await createContent((at % 2 ? first : second).owner(), { content: `Text ${at}`, submit: false })
    }
    await sealLog(world.ctx())
  }
  for (const count of [100, 160, 40]) await write(count)
  kept.push(
    (await rows<{ note: string }>('select note from audit_checkpoints order by size desc limit 1'))[0]?.note ?? '',
  )
  await write(20)
})
afterAll(() => superuser.end())

const TABLES = ['entries', 'leaves', 'nodes', 'heads', 'checkpoints', 'cosignatures'].map((name) => `audit_${name}`)

/** Tampers, verifies what is there then, and takes everything back. */
async function after(tamper: () => Promise<unknown>, known: Partial<Trust> = {}): Promise<Report> {
  await rows('begin')
  try {
    for (const table of TABLES) await rows(`alter table ${table} disable trigger user`)
    await rows('set constraints all deferred')
    await tamper()
    return await verifyLog(await readLog(rows), { ...trust, ...known })
  } finally {
    await rows('rollback')
  }
}

const kindsOf = (report: Report) => [...new Set(report.findings.map(({ kind }) => kind))]

async function expectFound(kind: FindingKind, tamper: () => Promise<unknown>, known: Partial<Trust> = {}) {
  const report = await after(tamper, known)
  expect(kindsOf(report), JSON.stringify(report.findings.slice(0, 5))).toContain(kind)
  expect(report.outcome).toBe('tampered')
  return report
}

const idAt = async (place: number): Promise<string> =>
  (await rows<{ id: string }>('select entry_id as id from audit_leaves where leaf_index = $1', [place]))[0]?.id ?? ''
const editAt = async (place: number) =>
  rows(`update audit_entries set body = body || '{"reason": "another"}' where id = $1`, [await idAt(place)])
/** Moves all leaves from a place on by some places, with their hashes. */
const shiftFrom = async (place: number, by: number) => {
  await rows('update audit_leaves set leaf_index = leaf_index + 100000 where leaf_index >= $1', [place])
  await rows('update audit_leaves set leaf_index = leaf_index - 100000 + $1 where leaf_index >= 100000', [by])
}

test('a log that nobody touched holds, on its own and against a checkpoint that was kept', async () => {
  expect(await after(async () => undefined)).toEqual({ outcome: 'ok', findings: [], total: 0, size: 321 })
  expect(await verifyDatabase(world.url, { ...trust, savedNotes: kept })).toMatchObject({ outcome: 'ok', size: 321 })
})

test('edit: an entry that was changed is named by its number', async () => {
  const report = await expectFound('edited', () => editAt(7))
  expect(report.findings).toEqual([{ kind: 'edited', where: `entry ${await idAt(7)} at place 7` }])
})

test('edit: the time of an entry counts like its text', async () => {
  const id = await idAt(7)
  const change = `update audit_entries set recorded_at = recorded_at - interval '1 day' where id = $1`
  const report = await expectFound('edited', () => rows(change, [id]))
  expect(report.findings).toEqual([{ kind: 'edited', where: `entry ${id}: its time was changed` }])
})

test('edit: hashes that were changed to match do not help against what was signed', async () => {
  const report = await expectFound('rewritten', async () => {
    await editAt(120)
    await forgeLog(rows, origin, null)
  })
  expect(report.findings[0]?.where).toBe('among the entries up to place 260, from place 101 on')
})

test('delete: an entry', () =>
  expectFound('deleted', async () => rows('delete from audit_entries where id = $1', [await idAt(40)])))

test('delete: an entry and its leaf', () =>
  expectFound('deleted', async () => {
    await rows('delete from audit_entries where id = $1', [await idAt(40)])
    await rows('delete from audit_leaves where leaf_index = 40')
  }))

test('delete: an entry and its leaf, and all behind them moved up', async () => {
  const report = await expectFound('deleted', async () => {
    await rows('delete from audit_entries where id = $1', [await idAt(40)])
    await rows('delete from audit_leaves where leaf_index = 40')
    await shiftFrom(41, -1)
  })
  expect(report.findings.some(({ where }) => where.includes('was sealed at place 41'))).toBe(true)
})

test('insert: an entry with a leaf of its own, and all behind it moved down', () =>
  expectFound('inserted', async () => {
    await shiftFrom(40, 1)
    await rows(`insert into audit_entries (recorded_at, action, object_type, object_id, body)
      select recorded_at, 'content.approved', object_type, object_id, body from audit_entries where id = ${await idAt(41)}`)
    await rows(`insert into audit_leaves select 40, id, recorded_at, '00000000-0000-0000-0000-000000000000', 9, sha256('x')
      from audit_entries order by id desc limit 1`)
  }))

test('insert: an entry that is kept from being sealed', () =>
  expectFound('hidden', async () => {
    await rows(`insert into audit_entries (action, object_type, object_id, body) values ('x.done', '', '', '{}')`)
  }))

test('insert: an entry that claims to be old, sealed at the end with the stolen key', () =>
  expectFound(
    'backdated',
    async () => {
      await rows(`insert into audit_entries (recorded_at, action, object_type, object_id, body)
        values (now() - interval '1 hour', 'content.approved', 'content', 'x', '{}')`)
      await forgeLog(rows, origin, world.keys, [101, 261, 301])
    },
    { savedNotes: kept },
  ))

test('reorder: two leaves that changed places', () =>
  expectFound('reordered', async () => {
    await rows('update audit_leaves set leaf_index = 100000 where leaf_index = 10')
    await rows('update audit_leaves set leaf_index = 10 where leaf_index = 20')
    await rows('update audit_leaves set leaf_index = 20 where leaf_index = 100000')
  }))

test('reorder: two entries that changed leaves', () =>
  expectFound('reordered', async () => {
    const [one, other] = [await idAt(10), await idAt(20)]
    const move = `update audit_leaves l set entry_id = e.id, recorded_at = e.recorded_at from audit_entries e
      where leaf_index = $1 and e.id = $2`
    await rows('update audit_leaves set entry_id = -1 where leaf_index = 10')
    await rows(move, [20, one])
    await rows(move, [10, other])
  }))

const cutTo = async (size: number) => {
  await rows('delete from audit_entries where id in (select entry_id from audit_leaves where leaf_index >= $1)', [size])
  await rows('delete from audit_leaves where leaf_index >= $1', [size])
}

test('truncate: the last entries are gone, what signed them is not', () => expectFound('truncated', () => cutTo(310)))

test('roll back: with the last checkpoints gone, too, the one that was kept tells', async () => {
  const rollBack = async () => {
    await cutTo(261)
    for (const table of ['audit_checkpoints', 'audit_heads']) await rows(`delete from ${table} where size > 261`)
  }
  expect((await after(rollBack)).outcome).toBe('ok')
  await expectFound('rolled_back', rollBack, { savedNotes: kept })
})

test('re-sign: with the stolen key all is well inside, and not against the checkpoint that was kept', async () => {
  const resign = async () => {
    await editAt(120)
    await forgeLog(rows, origin, world.keys, [101, 261, 301])
  }
  expect((await after(resign)).outcome).toBe('ok')
  await expectFound('forked', resign, { savedNotes: kept })
})

test('re-sign: another key is none of the log', async () => {
  const other = await loadKeys(world.product.acrossAdvisors, { ...material, signingKey: freshKeys().signingKey })
  await expectFound('bad_signature', async () => {
    await editAt(120)
    await forgeLog(rows, origin, other)
  })
})

test('splice: the end of another history of the same log', () =>
  expectFound('spliced', async () => {
    await rows(`create temporary table before on commit drop as select * from audit_checkpoints`)
    await rows(`create temporary table heads on commit drop as select * from audit_heads`)
    await editAt(290)
    await forgeLog(rows, origin, world.keys, [101, 261])
    await rows('insert into audit_heads select * from heads where size = 301')
    await rows('insert into audit_checkpoints select * from before where size = 301')
  }))

test('splice: checkpoints and leaves of another log', async () => {
  const report = await expectFound('spliced', async () => {
    await rows('create temporary table before on commit drop as select * from audit_leaves')
    await forgeLog(rows, 'elsewhere.test/audit', world.keys, [101, 261])
    await rows('delete from audit_leaves where leaf_index < 200')
    await rows('insert into audit_leaves select * from before where leaf_index < 200')
  })
  expect(report.findings.some(({ where }) => where.includes('was sealed in the log elsewhere.test/audit'))).toBe(true)
})

/** A witness, and a line of its for a checkpoint; `by` is the key that really signs. */
function witnessLine(note: string, by: KeyObject): { key: VerifierKey; line: string } {
  const name = 'witness.test'
  const raw = Buffer.from(witness.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const typed = Buffer.concat([Buffer.of(4), raw])
  const hash = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, 4)
  const time = Buffer.alloc(8)
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const signature = sign(null, cosignedBytes(text, 0n), by)
  const line = `\u2014 ${name} ${Buffer.concat([hash, time, signature]).toString('base64')}`
  return { key: readVerifierKey(`${name}+${hash.toString('hex')}+${typed.toString('base64')}`), line }
}
const witness = generateKeyPairSync('ed25519')

test('cosign: a line under the name of a witness that another key signed is found, and a true one is not', async () => {
  const put = (line: string) => rows(`insert into audit_cosignatures values (321, 'witness.test', $1)`, [line])
  const [newest] = await rows<{ note: string }>('select note from audit_checkpoints where size = 321')
  const honest = witnessLine(newest?.note ?? '', witness.privateKey)
  const known = { witnessKeys: [honest.key] }
  expect(await after(() => put(honest.line), known)).toMatchObject({ outcome: 'ok' })
  const forged = witnessLine(newest?.note ?? '', generateKeyPairSync('ed25519').privateKey)
  const report = await expectFound('bad_cosignature', () => put(forged.line), known)
  expect(kindsOf(report)).toEqual(['bad_cosignature', 'unwitnessed'])
  expect((await after(async () => undefined, known)).outcome).toBe('stale')
})

test('a stored hash of the tree that is not that of its leaves is found', () =>
  expectFound('corrupt_node', () => rows(`update audit_nodes set hash = sha256('x')`)))

test('entries that wait for longer than the stated delay are late, and no tampering', async () => {
  const report = await after(() =>
    rows(`with entry as (insert into audit_entries (action, object_type, object_id, body)
        values ('x.done', '', '', '{}') returning id, recorded_at)
      insert into audit_pending select id, recorded_at - interval '61 seconds', '1' from entry`),
  )
  expect([report.outcome, kindsOf(report)]).toEqual(['stale', ['stalled']])
})
