import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDb, schema } from '@pramaan/db'
import type { InspectionScope } from '@pramaan/shared'
import { readVerifierKey, readZip, verifyPack } from '@pramaan/verifier'
import { asc, eq } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../../testing/factories.ts'
import { testWorld } from '../../../testing/index.ts'
import { createContent } from '../../content/index.ts'
import type { Ctx } from '../../platform/context.ts'
import { verifierKey } from '../rules/signed-note.ts'
import { sealLog } from '../seal-entries.ts'
import { makePacks, savePack } from '../testing/packs.ts'
import { downloadPack } from './download-pack.ts'
import { getPack, listPacks } from './list-packs.ts'
import { makePack } from './make-pack.ts'
import { openPack, requestPack } from './request-pack.ts'
import { sweepPacks } from './sweep-packs.ts'

const world = await testWorld()
const { auditOrigin: origin } = world.ctx().settings
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const trust = { logKeys, witnessKeys: [], savedNotes: [] }
const folder = mkdtempSync(join(tmpdir(), 'pramaan-packs-'))
afterAll(() => rmSync(folder, { recursive: true }))
const DAY_MS = 86_400_000
/** The clock of the tests stands still near the time of the machine, by which the log goes. */
const PERIOD = {
  from: new Date(Date.now() - 30 * DAY_MS).toISOString(),
  to: new Date(Date.now() + 30 * DAY_MS).toISOString(),
}

const write = ({ owner }: TestAdvisor, content: string) => createContent(owner(), { content, submit: false })

/** Fetches a pack, verifies it, and reads its files. */
async function opened(ctx: Ctx, id: string) {
  const path = join(folder, `${id}.zip`)
  await savePack(ctx, id, path)
  const files: Record<string, string> = {}
  for (const [name, read] of await readZip(path)) {
    const chunks: Buffer[] = []
    for await (const chunk of read()) chunks.push(chunk)
    files[name] = Buffer.concat(chunks).toString('utf8')
  }
  return { files, report: await verifyPack(path, trust) }
}
const linesOf = (text = '') => text.split('\n').filter(Boolean)

/** Somebody who looks into a firm under a grant. */
const inspecting = (advisorId: string, scopes: readonly InspectionScope[], grantId = crypto.randomUUID()): Ctx => ({
  ...makeStaff(world, 'inspector'),
  advisorId,
  db: world.product.forAdvisor(advisorId),
  inspection: { grantId, advisorId, scopes },
})

const journal = (advisorId: string, count: number) =>
  world.db.pool.query(
    `insert into audit_entries (advisor_id, action, object_type, object_id, body)
     select $1, 'test.done', 'test', n::text, '{"actor": {"kind": "system"}, "requestId": "r", "outcome": "done"}'
     from generate_series(1, $2::int) as n`,
    [advisorId, count],
  )

test('a pack waits until the export is sealed, then is made file by file, and says how far it is', async () => {
  const advisor = await makeAdvisor(world)
  await write(advisor, 'A text.')
  const asked = await requestPack(advisor.owner(), PERIOD)
  expect(asked).toMatchObject({ state: 'waiting', progress: { percent: 0, files: 0 }, recipient: 'the firm itself' })
  const step = () => makePack(world.ctx(), { advisorId: advisor.advisorId, packId: asked.id })
  await step()
  expect(await getPack(advisor.owner(), { id: asked.id })).toMatchObject({ state: 'waiting' })
  await sealLog(world.ctx())
  const percents: number[] = []
  for (let state = 'waiting'; state !== 'ready'; ) {
    await step()
    const seen = await getPack(advisor.owner(), { id: asked.id })
    percents.push(seen.progress.percent)
    state = seen.state
  }
  expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  expect([percents.at(0), percents.at(-1)]).toEqual([0, 100])
  expect(await world.auditActions(asked.id)).toEqual(['pack.exported', 'pack.finished'])
  expect((await opened(advisor.owner(), asked.id)).report).toMatchObject({ outcome: 'ok', entries: 2 })
  expect(await world.auditActions(asked.id)).toEqual(['pack.exported', 'pack.finished', 'pack.downloaded'])
})

test('workers that are killed at any step, and others that do the same beside them, neither lose nor double a file', async () => {
  const advisor = await makeAdvisor(world)
  const { advisorId } = advisor
  await write(advisor, 'A text.')
  await journal(advisorId, 5_500)
  const { id: packId } = await requestPack(advisor.owner(), PERIOD)
  await sealLog(world.ctx())
  const superuser = new pg.Client({ connectionString: world.adminUrl })
  await superuser.connect()
  const kill = () =>
    superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'packer' and datname = current_database()`)
  let killed = 0
  let round = 0
  for (let state = 'waiting'; state !== 'ready'; round++) {
    const db = createDb({ url: `${world.url}?application_name=packer`, max: 4 })
    await db.pool.query('select 1')
    const making = makePack({ ...world.ctx(), db }, { advisorId, packId }).catch(() => {
      killed += 1
    })
    for (let turn = 0; turn < round % 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    await kill()
    await making
    await db.close().catch(() => undefined)
    if (round % 3 === 2) await Promise.all([1, 2].map(() => makePack(world.ctx(), { advisorId, packId })))
    state = (await getPack(advisor.owner(), { id: packId })).state
  }
  await superuser.end()
  expect(killed).toBeGreaterThan(0)
  const { files, report } = await opened(advisor.owner(), packId)
  expect(report).toMatchObject({ outcome: 'ok', findings: [], entries: 5_502 })
  expect(Object.keys(files).filter((name) => name.startsWith('entries'))).toEqual([
    'entries.ndjson',
    'entries-2.ndjson',
  ])
}, 120_000)

test('what is written while a pack is made is not in it, and no gap', async () => {
  const advisor = await makeAdvisor(world)
  await write(advisor, 'Before')
  const { id } = await requestPack(advisor.owner(), PERIOD)
  await write(advisor, 'Beside')
  await makePacks(world)
  await write(advisor, 'After')
  const { files, report } = await opened(advisor.owner(), id)
  expect(report).toMatchObject({ outcome: 'ok', findings: [] })
  expect(linesOf(files['versions.ndjson']).map((line) => JSON.parse(line).text)).toEqual(['Before'])
})

test('the log says what belongs into the period, whatever the clock of the row said', async () => {
  const advisor = await makeAdvisor(world)
  await write(advisor, 'By a slow clock')
  const slow = new Date(Date.now() - 90 * DAY_MS)
  await world.db.read
    .update(schema.contents)
    .set({ createdAt: slow })
    .where(eq(schema.contents.advisorId, advisor.advisorId))
  const { id } = await requestPack(advisor.owner(), PERIOD)
  await makePacks(world)
  const { files, report } = await opened(advisor.owner(), id)
  expect(report).toMatchObject({ outcome: 'ok', findings: [] })
  expect(linesOf(files['contents.ndjson'])).toHaveLength(1)
})

test('a row that the log does not know of is in the pack, and found there', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await write(advisor, 'Honest')
  await world.asSuperuser(
    `set local session_replication_role = 'replica'`,
    `insert into contents select (jsonb_populate_record(c, jsonb_build_object('id', '${crypto.randomUUID()}'))).* from contents c where id = '${contentId}'`,
  )
  const { id } = await requestPack(advisor.owner(), PERIOD)
  await makePacks(world)
  const { report } = await opened(advisor.owner(), id)
  expect(report.findings).toEqual([{ kind: 'inserted', where: expect.stringMatching(/^contents: /) }])
})

test('invoices are in it in clear, and by their facts alone once an erasure has destroyed their key', async () => {
  const advisor = await makeAdvisor(world)
  const { advisorId } = advisor
  const documentId = crypto.randomUUID()
  const key = await world.keys.dataKeyOf(world.db.read, advisorId)
  const place = { table: 'tax_documents', column: 'document', rowId: documentId }
  await world.db.read.insert(schema.taxDocuments).values({
    advisorId,
    id: documentId,
    kind: 'invoice',
    number: `PRM/${advisorId}`,
    source: 'payment:pay_1',
    totalPaise: 117_882,
    document: world.keys.seal(key, place, JSON.stringify({ number: 'PRM/1', recipient: { name: 'Verma Advisory' } })),
    issuedAt: world.clock.now(),
  })
  await world.db.pool.query(
    `insert into audit_entries (advisor_id, action, object_type, object_id, body)
     values ($1, 'invoice.issued', 'invoice', $2, '{"actor": {"kind": "system"}, "requestId": "r", "outcome": "done"}')`,
    [advisorId, documentId],
  )
  const invoiceIn = async () => {
    const { id } = await requestPack(advisor.owner(), PERIOD)
    await makePacks(world)
    const { files, report } = await opened(advisor.owner(), id)
    expect(report).toMatchObject({ outcome: 'ok', findings: [] })
    return JSON.parse(files['invoices.ndjson'] ?? '')
  }
  expect(await invoiceIn()).toMatchObject({ id: documentId, document: { recipient: { name: 'Verma Advisory' } } })
  await world.db.transaction((tx) => world.keys.destroy(tx, advisorId))
  expect(await invoiceIn()).toMatchObject({ id: documentId, document: null, total_paise: 117_882 })
})

test('nothing of a pack can be read in the database without the keys of the process', async () => {
  const advisor = await makeAdvisor(world)
  await write(advisor, 'A canary that sings')
  await requestPack(advisor.owner(), PERIOD)
  await makePacks(world)
  const files = await world.db.read
    .select({ packed: schema.auditPackFiles.packed, size: schema.auditPackFiles.packedSize })
    .from(schema.auditPackFiles)
    .where(eq(schema.auditPackFiles.advisorId, advisor.advisorId))
    .orderBy(asc(schema.auditPackFiles.number))
  expect(files.length).toBeGreaterThan(10)
  for (const { packed, size } of files) expect(packed.length).toBe(size + 12 + 16)
  expect(Buffer.concat(files.map(({ packed }) => packed)).includes('canary')).toBe(false)
})

test('an inspector gets what the grant covers, marked with it, and no pack of anybody else', async () => {
  const advisor = await makeAdvisor(world)
  const { advisorId, owner } = advisor
  await write(advisor, 'A text.')
  const mine = await requestPack(owner(), PERIOD)
  const inspector = inspecting(advisorId, ['audit', 'verdicts'])
  const theirs = await requestPack(inspector, { ...PERIOD, recipient: 'SEBI, division 4' })
  expect(theirs.kinds).toEqual(['verdicts', 'ai-uses', 'invoices'])
  expect(theirs.recipient).toContain(`grant ${inspector.inspection?.grantId}`)
  await makePacks(world)
  const { files, report } = await opened(inspector, theirs.id)
  expect(report).toMatchObject({ outcome: 'ok', about: { recipient: theirs.recipient } })
  expect(files['index.html']).toContain(`SEBI, division 4 (inspector `)
  expect(Object.keys(files)).not.toContain('versions.ndjson')
  await expect(getPack(inspector, { id: mine.id })).rejects.toMatchObject({ code: 'not_found' })
  await expect(downloadPack(inspector, { id: mine.id })).rejects.toMatchObject({ code: 'not_found' })
  const other = inspecting(advisorId, ['audit'])
  await expect(downloadPack(other, { id: theirs.id })).rejects.toMatchObject({ code: 'not_found' })
  expect((await listPacks(inspector, {})).items.map(({ id }) => id)).toEqual([theirs.id])
  expect((await listPacks(owner(), {})).items.map(({ id }) => id)).toEqual([theirs.id, mine.id])
  await expect(requestPack(inspecting(advisorId, ['content']), PERIOD)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(downloadPack((await makeAdvisor(world)).owner(), { id: mine.id })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('a pack goes after a week, files and all, and the log keeps that it was there', async () => {
  const advisor = await makeAdvisor(world)
  const { id, availableUntil, requestedAt } = await requestPack(advisor.owner(), PERIOD)
  expect(Date.parse(availableUntil) - Date.parse(requestedAt)).toBe(7 * DAY_MS)
  await makePacks(world)
  const later = (ms: number) => ({ ...world.ctx(), now: () => new Date(Date.parse(availableUntil) + ms) })
  await sweepPacks(later(-1))
  expect((await getPack(advisor.owner(), { id })).state).toBe('ready')
  await sweepPacks(later(0))
  await sweepPacks(later(0))
  const { archive, pack } = await downloadPack(advisor.owner(), { id })
  expect([archive, pack.state, pack.progress.files]).toEqual([null, 'deleted', 0])
  expect(await world.auditActions(id)).toEqual(['pack.exported', 'pack.finished', 'pack.deleted'])
})

test('a period is days in India with both ends or moments, in their order, and a firm has twenty packs at most', async () => {
  const { advisorId, owner } = await makeAdvisor(world)
  const day = await requestPack(owner(), { from: '2026-11-01', to: '2026-11-02' })
  expect([day.from, day.until]).toEqual(['2026-10-31T18:30:00.000Z', '2026-11-02T18:30:00.000Z'])
  const backwards = { from: '2026-11-03', to: '2026-11-01' }
  await expect(requestPack(owner(), backwards)).rejects.toMatchObject({ code: 'invalid_input' })
  const period = { from: new Date(PERIOD.from), until: new Date(PERIOD.to) }
  const ask = () => openPack(owner(), { advisorId, ...period, recipient: 'the firm', reason: 'Records' })
  for (let at = 0; at < 19; at++) await ask()
  await expect(ask()).rejects.toMatchObject({ code: 'invalid_state' })
})
