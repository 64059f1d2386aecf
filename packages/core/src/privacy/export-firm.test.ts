import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schema } from '@pramaan/db'
import { readVerifierKey, readZip, verifyPack } from '@pramaan/verifier'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { listPacks, makePack, requestPack, sealLog, verifierKey } from '../audit/index.ts'
import { makePacks, savePack } from '../audit/testing/packs.ts'
import { PASSWORD } from '../identity/testing.ts'
import { eraseAccount, eraseRecipient, exportFirm } from './index.ts'
import { playedFirm, privacyWorld, sendTo } from './testing.ts'

const world = await privacyWorld()
const folder = mkdtempSync(join(tmpdir(), 'pramaan-firm-'))
afterAll(() => rmSync(folder, { recursive: true }))
// Rows that the database dates itself are then older than the export, too.
world.clock.advance(2 * 86_400_000)
const origin = world.ctx().settings.auditOrigin
const logKeys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))

async function filesOf(path: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const [name, read] of await readZip(path)) {
    const chunks: Buffer[] = []
    for await (const chunk of read()) chunks.push(chunk)
    files[name] = Buffer.concat(chunks).toString('utf8')
  }
  return files
}

test('a firm takes all that is its own along: people, recipients and texts in clear, no secret, and it verifies like a pack', async () => {
  const firm = await playedFirm(world)
  const { phones } = await sendTo(world, firm)
  const other = await playedFirm(world)
  await sendTo(world, other)
  const { id, kinds } = await exportFirm(firm.owner(), {})
  expect(kinds).toEqual(expect.arrayContaining(['people', 'recipients', 'contents', 'invoices', 'api-keys']))
  await makePacks(world)
  const path = join(folder, 'firm.zip')
  await savePack(firm.owner(), id, path)
  expect(await verifyPack(path, { logKeys, witnessKeys: [], savedNotes: [] })).toMatchObject({
    outcome: 'ok',
    findings: [],
  })
  const files = await filesOf(path)
  const rowsOf = (kind: string) =>
    (files[`${kind}.ndjson`] ?? '')
      .split('\n')
      .filter(Boolean)
      .map((row) => JSON.parse(row))
  expect(rowsOf('people')).toMatchObject([{ id: firm.userId, email: firm.email, role: 'owner' }])
  expect(
    rowsOf('recipients')
      .map(({ phone }) => phone)
      .toSorted(),
  ).toEqual(phones.toSorted())
  expect(rowsOf('deliveries')).toHaveLength(phones.length)
  expect(rowsOf('firm')).toMatchObject([{ id: firm.advisorId }])
  for (const text of Object.values(files)) {
    expect(text).not.toMatch(/secret_hash|phone_hash|access_token|\\\\x[0-9a-f]{8}/)
    expect(text).not.toContain(other.advisorId)
  }
})

test('an export is gone with the first person in it who is erased, and with the firm every pack', async () => {
  const firm = await playedFirm(world)
  const { recipientIds } = await sendTo(world, firm)
  const { id: exported } = await exportFirm(firm.owner(), {})
  await makePacks(world)
  const { id: begun } = await exportFirm(firm.owner(), {})
  const period = { from: '2026-01-01', to: '2099-01-01' }
  const { id: inspected } = await requestPack(firm.owner(), period)
  await sealLog(world.ctx())
  const states = async () => {
    const { items } = await listPacks(firm.owner(), { limit: 100 })
    return [exported, begun, inspected].map((id) => items.find((pack) => pack.id === id)?.state)
  }
  expect(await states()).toEqual(['ready', 'waiting', 'waiting'])
  await eraseRecipient(firm.owner(), { id: recipientIds[0] ?? '', confirm: 'ERASE' })
  await world.drainJobs({ ...world.handlers, 'audit.make-pack': makePack })
  expect(await states()).toEqual(['deleted', 'deleted', 'ready'])
  await eraseAccount(firm.owner(), { password: PASSWORD, confirm: 'ERASE' })
  await world.drainJobs(world.handlers)
  expect(await states()).toEqual(['deleted', 'deleted', 'deleted'])
  const files = await world.db.read.$count(schema.auditPackFiles, eq(schema.auditPackFiles.advisorId, firm.advisorId))
  expect(files).toBe(0)
})

test('the export of a firm is for an owner who proved just now who they are', async () => {
  const firm = await playedFirm(world)
  const stale = { ...firm.owner(), now: () => new Date(world.clock.now().getTime() + 11 * 60_000) }
  await expect(exportFirm(stale, {})).rejects.toMatchObject({ code: 'step_up_required' })
  await expect(exportFirm(firm.key('audit:read'), {})).rejects.toMatchObject({ code: 'forbidden' })
})
