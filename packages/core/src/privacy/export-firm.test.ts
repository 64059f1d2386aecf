import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schema } from '@pramaan/db'
import { readVerifierKey, readZip, verifyPack } from '@pramaan/verifier'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { listPacks, makePack, requestPack, sealLog, verifierKey } from '../audit/index.ts'
import { PACK_KINDS } from '../audit/pack/kinds.ts'
import { makePacks, savePack } from '../audit/testing/packs.ts'
import { setFirmRules } from '../compliance/index.ts'
import { firmRule } from '../compliance/rules/fixtures/firm-rule.ts'
import { deliver, newWebhooks } from '../delivery/testing/whatsapp-firm.ts'
import { submitEvidence } from '../identity/index.ts'
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
  for (const rules of [[firmRule({})], []]) await setFirmRules(firm.owner(), { rules })
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
  expect(rowsOf('firm-rules').map(({ version }) => version)).toEqual([1, 2])
  expect(rowsOf('whatsapp-connections')).toMatchObject([{ waba_id: firm.wabaId }])
  for (const text of Object.values(files)) {
    expect(text).not.toMatch(/secret_hash|phone_hash|access_token|\\\\x[0-9a-f]{8}/)
    expect(text).not.toContain(other.advisorId)
  }
})

test('the documents of its licences are in it as they were handed in, and what each message cost', async () => {
  const firm = await playedFirm(world)
  await sendTo(world, firm)
  await deliver(world, await newWebhooks(firm, new Set()))
  const [licence] = await world.db.read
    .update(schema.licences)
    .set({ state: 'claimed' })
    .where(eq(schema.licences.advisorId, firm.advisorId))
    .returning()
  if (!licence) throw new Error('no licence')
  const pdf = Buffer.from('%PDF-1.7\nthe certificate').toString('base64')
  await submitEvidence(firm.owner(), { id: licence.id, type: 'pdf', data: pdf })
  await submitEvidence(firm.owner(), { id: licence.id, type: 'reference', data: 'Certificate 12 of the register' })
  // More than a page of them.
  await world.db.pool.query(
    `insert into message_costs (advisor_id, provider_message_id, delivery_id, campaign_id, category, pricing, amount_millipaise, priced_at)
     select $1, 'message ' || n, gen_random_uuid(), gen_random_uuid(), 'utility', 'regular', n, now() from generate_series(1, 1500) as n`,
    [firm.advisorId],
  )
  const { id } = await exportFirm(firm.owner(), {})
  await makePacks(world)
  const path = join(folder, 'documents.zip')
  await savePack(firm.owner(), id, path)
  const files = await filesOf(path)
  const rowsOf = (kind: string) =>
    (files[`${kind}.ndjson`] ?? '')
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row))
  expect(rowsOf('licence-evidence')).toMatchObject([
    { licence_id: licence.id, type: 'pdf', document: pdf, submitted_by: firm.userId },
    { licence_id: licence.id, type: 'reference', document: 'Certificate 12 of the register' },
  ])
  const costs = rowsOf('message-costs')
  expect(costs.filter(({ category }) => category === 'utility')).toHaveLength(1500)
  const deliveries = rowsOf('deliveries').map((delivery) => delivery.id)
  expect(
    costs
      .filter(({ category }) => category === 'marketing')
      .map((cost) => cost.delivery_id)
      .toSorted(),
  ).toEqual(deliveries.toSorted())
  const inspection = await requestPack(firm.owner(), { from: '2026-01-01', to: '2099-01-01' })
  expect(inspection.kinds).not.toEqual(expect.arrayContaining(['licence-evidence']))
})

test('every table of firms is in the export, but for what is not theirs to take along', async () => {
  const { rows } = await world.db.pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'advisor_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
  const taken = PACK_KINDS.flatMap(({ beside = '', table }) => `${table} ${beside}`.match(/[a-z_]+/g) ?? [])
  const left = {
    // Counted from the rest, and counted anew at any time.
    derived: ['analytics_events', 'analytics_findings', 'analytics_messages', 'analytics_texts', 'churn_snapshots'],
    // The log has its own files; packs and exports are what such an archive is.
    archives: ['analytics_exports', 'audit_entries', 'audit_pack_files', 'audit_packs'],
    // How far something has come; what came of it is in the export, or in the log.
    work: ['ai_allowances', 'compliance_checks', 'compliance_standings', 'live_approvals', 'outgoing_messages'],
    counters: ['plan_usage', 'send_lanes'],
    // Whether a text is like one that was refused: telling how would show how to get round it.
    review: [
      'refusal_fingerprints',
      'refusals',
      'review_suggestions',
      'rewrite_links',
      'rule_flips',
      'shadow_findings',
    ],
    // Of our books, of the law and of authorities. The firm reads what concerns it, invoices and payments, above.
    platform: ['erasures', 'inspector_grants', 'invitations', 'ledger_entries', 'legal_holds', 'retentions'],
  }
  expect(rows.map(({ name }) => name).filter((name) => !taken.includes(name))).toEqual(
    Object.values(left).flat().toSorted(),
  )
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
