import { randomUUID } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { downloadPack, getPack, makePack, openPack, sealLog, verifierKey } from '@pramaan/core/audit'
import type { Ctx } from '@pramaan/core/platform/context'
import { newId } from '@pramaan/core/platform/ids'
import { createDb } from '@pramaan/db'
import { readVerifierKey, verifyPack } from '@pramaan/verifier'
import { auditDatabase, BENCH_LOG, peakMegabytes, secondsOf } from './audit-database.ts'

/**
 * `node scripts/bench/packs.ts [entries]`: the time and the memory of an inspection pack over so many entries of one firm,
 * each with a text and a version, and of its verification.
 */
const entries = Number(process.argv[2] ?? 100_000)
const BATCH = 10_000
const DAY_MS = 86_400_000
const say = (text: string) => process.stdout.write(`${text}\n`)

const folder = mkdtempSync(join(tmpdir(), 'pramaan-bench-packs-'))
const { close, db, keys, ownerUrl } = await auditDatabase()
try {
  const advisorId = randomUUID()
  await fill(advisorId)
  const operator = { kind: 'system', name: 'bench' } as const
  const ctx = {
    actor: operator,
    advisorId,
    requestId: newId(),
    ip: null,
    db: db.forAdvisor(advisorId),
    keys,
    settings: { auditOrigin: BENCH_LOG },
    wakeRelay: () => undefined,
    now: () => new Date(),
    newId,
  } as unknown as Ctx
  await sealLog(ctx)
  const [from, until] = [new Date(Date.now() - DAY_MS), new Date(Date.now() + DAY_MS)]
  const { id: packId } = await openPack(ctx, { advisorId, from, until, recipient: 'bench', reason: 'bench' })
  await sealLog(ctx)
  say(`before    ${peakMegabytes()} MB`)
  let made = 0
  const making = await secondsOf(async () => {
    for (let state = 'waiting'; state !== 'ready'; made++) {
      await makePack(ctx, { advisorId, packId })
      state = (await getPack(ctx, { id: packId })).state
    }
  })
  say(
    `made      ${entries} entries with their rows in ${made} jobs, ${making.toFixed(1)} s, ${peakMegabytes()} MB at the most`,
  )
  const path = join(folder, 'pack.zip')
  let bytes = 0
  const fetching = await secondsOf(async () => {
    const { archive } = await downloadPack(ctx, { id: packId })
    bytes = archive?.bytes ?? 0
    await pipeline(archive?.pieces ?? [], createWriteStream(path))
  })
  say(`fetched   ${(bytes / 1e6).toFixed(1)} MB in ${fetching.toFixed(1)} s, ${peakMegabytes()} MB at the most`)
  const logKeys = keys.publicKeys.map((key) => readVerifierKey(verifierKey(BENCH_LOG, key)))
  let outcome = ''
  const verifying = await secondsOf(async () => {
    const report = await verifyPack(path, { logKeys, witnessKeys: [], savedNotes: [] })
    outcome = `${report.outcome}, ${report.entries} entries`
  })
  say(`verified  ${outcome} in ${verifying.toFixed(1)} s, ${peakMegabytes()} MB at the most`)
  say(`load      ${loadavg()[0]?.toFixed(1)} of the machine in the last minute`)
} finally {
  await close()
  rmSync(folder, { recursive: true, force: true })
}

/** A firm with its texts, as the owner of the schema. */
async function fill(advisorId: string): Promise<void> {
  const owner = createDb({ url: ownerUrl, max: 2, statementTimeoutMs: 600_000 }).acrossAdvisors
  await owner.pool.query(`insert into advisors (id, display_name) values ($1, 'Bench Advisory')`, [advisorId])
  const numbers = 'generate_series($2::int, $2::int + $3::int - 1) as n'
  const id = (name: string) => `md5('${name}' || n)::uuid`
  const hash = `encode(sha256(convert_to('{"audience":"clients","channel":"whatsapp","language":null,"media":[],"text":"Text ' || n || '"}', 'utf8')), 'hex')`
  for (let at = 0; at < entries; at += BATCH) {
    const values = [advisorId, at, Math.min(BATCH, entries - at)]
    await owner.pool.query(
      `insert into contents (advisor_id, id, status, version_id, version_number, excerpt, created_by, updated_at)
       select $1, ${id('content')}, 'draft', ${id('version')}, 1, 'Text ' || n, $1, now() from ${numbers}`,
      values,
    )
    await owner.pool.query(
      `insert into content_versions (advisor_id, id, content_id, number, text, channel, audience, hash, created_by)
       select $1, ${id('version')}, ${id('content')}, 1, 'Text ' || n, 'whatsapp', 'clients', ${hash}, $1 from ${numbers}`,
      values,
    )
    await owner.pool.query(
      `insert into audit_entries (advisor_id, actor_id, action, object_type, object_id, body)
       select $1, $1, 'content.created', 'content', ${id('content')}::text,
         jsonb_build_object('actor', jsonb_build_object('kind', 'user', 'role', 'owner', 'sessionId', md5(n::text),
           'ipHash', md5((n * 7)::text)), 'requestId', md5((n * 11)::text), 'to', 'draft', 'outcome', 'done',
           'versionHash', ${hash}) from ${numbers}`,
      values,
    )
  }
}
