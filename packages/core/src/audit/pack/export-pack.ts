import { randomUUID } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, schema } from '@pramaan/db'
import { desc, eq } from 'drizzle-orm'
import type { Keys } from '../../platform/crypto.ts'
import { AppError, notFound } from '../../platform/errors.ts'
import { readCheckpoints } from '../checkpoints.ts'
import { signedNote } from '../rules/signed-note.ts'
import { indexPage } from './index-page.ts'
import { PACK_KINDS } from './kinds.ts'
import { type PackRange, packEntries } from './pack-entries.ts'
import { type PackedFile, zipWriter } from './zip-writer.ts'

export interface PackRequest {
  advisorId: string
  /** The period: from (inclusive) to (exclusive). */
  from: Date
  until: Date
  /** For whom and why: stands on the first page, in the manifest, and in the advisor's log. */
  recipient: string
  reason: string
  /** Where the pack is to lie. */
  path: string
  /** The rules in force, with their texts. */
  ruleSet: unknown
}

export interface ExportCtx {
  readonly db: Db
  readonly keys: Pick<Keys, 'signCheckpoint'>
  readonly origin: string
  readonly now: () => Date
}

/** An entry is sealed within a minute, or an alarm is on. */
const SEAL_LIMIT_MS = 60_000
const POLL_MS = 200
const FIRST_ID = '00000000-0000-0000-0000-000000000000'
/** What the signature over a manifest is bound to; no log is called so, and therefore no checkpoint looks like it. */
const PACK_TITLE = 'pramaan pack v1'

/**
 * Writes all that an inspector needs about a period of one advisor into one archive, and who asked for it into the
 * advisor's log. Rows are streamed; a pack that is not finished has another name, so that none is ever half.
 *
 * @throws AppError `not_found` for an advisor that is not there, `unavailable` when nothing seals the log
 */
export async function exportPack(ctx: ExportCtx, request: PackRequest): Promise<{ packId: string; entries: number }> {
  const [advisor] = await ctx.db.read.select().from(schema.advisors).where(eq(schema.advisors.id, request.advisorId))
  if (!advisor) throw notFound('advisor')
  const packId = randomUUID()
  const { size, ...range } = await waitUntilSealed(ctx, await recordExport(ctx, packId, request), request)
  const [checkpoint] = await readCheckpoints(ctx.db.read, { where: eq(schema.auditCheckpoints.size, size), limit: 1 })
  const unfinished = `${request.path}.unfinished`
  const file = await open(unfinished, 'w', 0o600)
  try {
    const zip = zipWriter(file)
    const files: (PackedFile & { rows?: number })[] = []
    const add = async (name: string, text: string) => files.push(await zip.add(name, [text]))
    await add('checkpoint.txt', checkpoint?.note ?? '')
    const entries = counted(packEntries(ctx, request.advisorId, size, range))
    files.push({ ...(await zip.add('entries.ndjson', entries.pieces)), rows: entries.count() })
    const kinds: { name: string; found: number; expected: number | null }[] = []
    for (const { name, rows, actions } of PACK_KINDS) {
      const found = counted(rowsOf(ctx.db, rows, request))
      files.push({ ...(await zip.add(`${name}.ndjson`, found.pieces)), rows: found.count() })
      const expected = actions.length === 0 ? null : await expectedRows(ctx.db, actions, request)
      kinds.push({ name, found: found.count(), expected })
    }
    await add('rules.json', JSON.stringify(request.ruleSet))
    const facts = {
      advisorId: request.advisorId,
      displayName: advisor.displayName,
      recipient: request.recipient,
      reason: request.reason,
      from: request.from.toISOString(),
      until: request.until.toISOString(),
      madeAt: ctx.now().toISOString(),
      checkpointSize: size,
      kinds,
    }
    await add('index.html', indexPage(facts))
    const manifest = JSON.stringify({ version: 1, packId, log: ctx.origin, ...range, ...facts, files }, null, 1)
    const { sha256 } = await zip.add('manifest.json', [manifest])
    const text = `${PACK_TITLE}\n${sha256}\n`
    await zip.add('signature.txt', [signedNote(text, ctx.origin, ctx.keys.signCheckpoint(text))])
    await zip.end()
    await file.sync()
    await rename(unfinished, request.path)
    return { packId, entries: entries.count() }
  } finally {
    await file.close()
  }
}

/** The export stands in the advisor's log before a single row is read. @returns the number of the entry */
async function recordExport({ db }: ExportCtx, packId: string, request: PackRequest): Promise<bigint> {
  const { advisorId, recipient, reason, from, until } = request
  const body = {
    actor: { kind: 'system', role: 'operator', onBehalfOf: advisorId },
    requestId: packId,
    outcome: 'done',
    reason,
    detail: { recipient, from: from.toISOString(), until: until.toISOString() },
  }
  const { rows } = await db.pool.query<{ id: string }>(
    `insert into audit_entries (advisor_id, action, object_type, object_id, body)
     values ($1, 'pack.exported', 'pack', $2, $3) returning id`,
    [advisorId, packId, JSON.stringify(body)],
  )
  return BigInt(rows[0]?.id ?? 0)
}

/** The numbers of the entries that belong into the pack, and the checkpoint that covers the last of them. */
async function waitUntilSealed(
  { db }: ExportCtx,
  entryId: bigint,
  { advisorId, from }: PackRequest,
): Promise<PackRange & { size: number }> {
  const { auditLeaves, auditCheckpoints } = schema
  for (let waited = 0; waited < SEAL_LIMIT_MS; waited += POLL_MS) {
    const [leaf] = await db.read.select().from(auditLeaves).where(eq(auditLeaves.entryId, entryId))
    const [newest] = await db.read
      .select({ size: auditCheckpoints.size })
      .from(auditCheckpoints)
      .orderBy(desc(auditCheckpoints.size))
      .limit(1)
    if (leaf && newest && newest.size > leaf.leafIndex) {
      const { rows } = await db.pool.query<{ first: string | null }>(
        'select min(stream_sequence) as first from audit_leaves where stream = $1 and recorded_at >= $2',
        [advisorId, from],
      )
      const first = Number(rows[0]?.first ?? leaf.streamSequence)
      return { firstSequence: Math.max(1, first - 1), lastSequence: leaf.streamSequence, size: newest.size }
    }
    await sleep(POLL_MS)
  }
  throw new AppError('unavailable', 'The audit log is not being sealed. Start a worker, then try again.')
}

/** The rows of a kind, a line of JSON each, a page at a time. */
async function* rowsOf(db: Db, text: string, { advisorId, from, until }: PackRequest): AsyncGenerator<string> {
  for (let after = FIRST_ID; ; ) {
    const { rows } = await db.pool.query<{ key: string; row: string }>(text, [advisorId, from, until, after])
    const last = rows.at(-1)
    if (!last) return
    after = last.key
    for (const { row } of rows) yield `${row}\n`
  }
}

async function expectedRows(db: Db, actions: readonly string[], { advisorId, from, until }: PackRequest) {
  const { rows } = await db.pool.query<{ count: string }>(
    `select count(*) from audit_entries where advisor_id = $1 and recorded_at >= $2 and recorded_at < $3
       and action = any($4) and body->>'outcome' = 'done'`,
    [advisorId, from, until, actions],
  )
  return Number(rows[0]?.count)
}

/** Passes pieces on and counts them. */
function counted(source: AsyncIterable<string>) {
  let count = 0
  async function* pieces() {
    for await (const piece of source) {
      count += 1
      yield piece
    }
  }
  return { pieces: pieces(), count: () => count }
}
