import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FindingKind, readVerifierKey, readZip, verifyPack } from '@pramaan/verifier'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../../testing/factories.ts'
import { freshKeys, testWorld } from '../../../testing/index.ts'
import { runStage } from '../../compliance/run-stage.ts'
import { createContent, reviseContent } from '../../content/index.ts'
import { loadKeys } from '../../platform/crypto.ts'
import { verifierKey } from '../rules/signed-note.ts'
import { makePacks, savePack, writeZip } from '../testing/packs.ts'
import { requestPack } from './request-pack.ts'

const material = freshKeys()
const world = await testWorld({ keys: material })
const { auditOrigin: origin } = world.ctx().settings
const trust = {
  logKeys: world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key))),
  witnessKeys: [],
  savedNotes: [],
}
const folder = mkdtempSync(join(tmpdir(), 'pramaan-pack-'))
afterAll(() => rmSync(folder, { recursive: true }))
const DAY_MS = 86_400_000
const pack = join(folder, 'pack.zip')
let advisorId: string

const exportTo = async (path: string, { owner }: TestAdvisor) => {
  const { id } = await requestPack(owner(), {
    from: new Date(Date.now() - 9 * DAY_MS).toISOString(),
    to: new Date(Date.now() + DAY_MS).toISOString(),
    recipient: 'Inspector Rao <x>',
    reason: 'Yearly visit',
  })
  await makePacks(world)
  await savePack(owner(), id, path)
}

beforeAll(async () => {
  const [advisor, other] = [await makeAdvisor(world, { autoApproveClean: true }), await makeAdvisor(world)]
  advisorId = advisor.advisorId
  for (let at = 0; at < 6; at++) {
    await createContent(other.owner(), { content: `Theirs ${at}`, submit: false })
    await createContent(advisor.owner(), { content: `Save a little each month, part ${at}.`, submit: at === 0 })
  }
  const { contentId } = await createContent(advisor.owner(), { content: 'Before', submit: false })
  await reviseContent(advisor.owner(), { id: contentId, content: 'After' })
  await world.drainJobs({ 'compliance.run-stage': runStage })
  await exportTo(pack, advisor)
})

const textOf = async (path: string, name: string): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of (await readZip(path)).get(name)?.() ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** A copy of the pack with files changed, dropped or added. */
async function altered(changes: Record<string, (text: string) => string | null>): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.zip`)
  const files: [string, string][] = []
  for (const name of (await readZip(pack)).keys()) {
    const text = await textOf(pack, name)
    const changed = changes[name] ? changes[name](text) : text
    if (changed !== null) files.push([name, changed])
  }
  await writeZip(path, files)
  return path
}

const expectFound = async (kind: FindingKind, changes: Record<string, (text: string) => string | null>) => {
  const report = await verifyPack(await altered(changes), trust)
  expect([report.outcome, report.findings.map((one) => one.kind)]).toEqual(['tampered', expect.arrayContaining([kind])])
}

test('a pack holds by itself, and tells whose it is and for whom it was made', async () => {
  const report = await verifyPack(pack, trust)
  expect(report).toMatchObject({ outcome: 'ok', findings: [], about: { recipient: 'Inspector Rao <x>' } })
  expect(report.entries).toBeGreaterThan(10)
  const versions = (await textOf(pack, 'versions.ndjson')).trim().split('\n')
  expect(versions.length).toBe(8)
  expect((await textOf(pack, 'verdicts.ndjson')).trim().split('\n').length).toBe(1)
  expect((await textOf(pack, 'approvals.ndjson')).trim().split('\n').length).toBe(1)
})

test('nothing of another advisor is in it, and the export stands in the log of this one', async () => {
  for (const name of (await readZip(pack)).keys()) expect(await textOf(pack, name), name).not.toContain('Theirs')
  const last = (await textOf(pack, 'entries.ndjson')).trim().split('\n').at(-1) ?? ''
  expect(JSON.parse(JSON.parse(last).leaf)).toMatchObject({
    action: 'pack.exported',
    advisorId,
    body: { reason: 'Yearly visit', detail: { recipient: 'Inspector Rao <x>' } },
  })
})

test('the first page has no script, escapes what people wrote, and counts what is there against the log', async () => {
  const page = await textOf(pack, 'index.html')
  expect(page).not.toMatch(/<script|javascript:|<x>|https?:/)
  expect(page).toContain('<tr><th>contents.ndjson</th><td>7</td><td>7</td></tr>')
  expect(page).toContain('<tr><th>versions.ndjson</th><td>8</td><td>8</td></tr>')
})

test('whatever file is changed, left out or put in is found', async () => {
  await expectFound('altered_file', { 'verdicts.ndjson': (text) => text.replace('clean', 'review') })
  await expectFound('altered_file', { 'index.html': (text) => text.replace('Rao', 'Das') })
  await expectFound('altered_file', { 'manifest.json': (text) => text.replace('Rao', 'Das') })
  await expectFound('incomplete', { 'consents.ndjson': () => null })
  await expectFound('bad_signature', { 'signature.txt': (text) => text.replace('pack v1', 'pack v2') })
})

test('texts and entries are measured against the log, and not against the list of files alone', async () => {
  await expectFound('edited', { 'versions.ndjson': (text) => text.replace('After', 'Later') })
  await expectFound('incomplete', { 'versions.ndjson': (text) => text.split('\n').slice(1).join('\n') })
  await expectFound('incomplete', { 'contents.ndjson': (text) => text.split('\n').slice(1).join('\n') })
  await expectFound('edited', { 'entries.ndjson': (text) => text.replace('content.revised', 'content.deleted') })
  await expectFound('deleted', { 'entries.ndjson': (text) => text.split('\n').toSpliced(3, 1).join('\n') })
  await expectFound('truncated', { 'entries.ndjson': (text) => text.split('\n').slice(0, -2).join('\n').concat('\n') })
  await expectFound('reordered', {
    'entries.ndjson': (text) => {
      const [first, second, ...rest] = text.split('\n')
      return [second, first, ...rest].join('\n')
    },
  })
  await expectFound('bad_proof', { 'approvals.ndjson': (text) => text.replace('whatsapp', 'whatsbpp') })
})

test('a pack signed by somebody else is none, however well it fits together', async () => {
  const other = await loadKeys(world.product.acrossAdvisors, { ...material, signingKey: freshKeys().signingKey })
  const logKeys = other.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
  expect(await verifyPack(pack, { ...trust, logKeys })).toMatchObject({ outcome: 'tampered' })
})

test('a file that is no pack is said to be none', async () => {
  expect(await verifyPack(import.meta.filename, trust)).toMatchObject({ findings: [{ kind: 'malformed' }] })
})

test('a row that the log speaks of and the database lacks is counted as missing on the first page', async () => {
  const advisor = await makeAdvisor(world)
  const { contentId } = await createContent(advisor.owner(), { content: 'Gone', submit: false })
  await world.asSuperuser(
    `set local session_replication_role = 'replica'`,
    `delete from content_versions where content_id = '${contentId}'`,
    `delete from contents where id = '${contentId}'`,
  )
  const path = join(folder, 'gap.zip')
  await exportTo(path, advisor)
  expect(await textOf(path, 'index.html')).toContain('<td>0 <strong>1 missing</strong></td><td>1</td>')
  expect((await verifyPack(path, trust)).findings.map(({ kind }) => kind)).toEqual(['incomplete', 'incomplete'])
})
