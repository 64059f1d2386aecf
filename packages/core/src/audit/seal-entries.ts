import { type Db, schema, type Tx } from '@pramaan/db'
import { desc, sql } from 'drizzle-orm'
import type { Keys } from '../platform/crypto.ts'
import { entryDocument, streamOf } from './rules/entry-document.ts'
import { type FilledNode, frontierFrom, leafHash } from './rules/merkle.ts'
import { checkpointText, signedNote } from './rules/signed-note.ts'

/** Entries that one transaction seals at most. */
const SEAL_BATCH = 4_096
/** The advisory lock of the sealer: of all that run at once, one works. The number says `seal` in ASCII. */
const SEALER_LOCK = 0x7365616c

type Entry = typeof schema.auditEntries.$inferSelect
type Leaf = typeof schema.auditLeaves.$inferInsert

interface SealingCtx {
  readonly db: Db
  readonly keys: Keys
  readonly settings: { auditOrigin: string }
}

/**
 * Seals what has been committed since the last time: gives each entry its place in the log, and commits the tree that
 * results. Takes whatever is visible in `audit_pending`, in the order of the entries' numbers: as a number is drawn
 * before its transaction commits, what happened after something else stands after it, and nobody waits for anybody.
 *
 * @returns how many were sealed, and whether more may be waiting; nothing while another process seals
 * @throws Error when a pending entry is gone: somebody deleted it by hand, and the log stops here until that is explained
 */
export async function sealEntries(ctx: SealingCtx): Promise<{ sealed: number; more: boolean }> {
  return ctx.db.acrossAdvisors.transaction(async (tx) => {
    const { rows } = await tx.execute<{ mine: boolean }>(sql`select pg_try_advisory_xact_lock(${SEALER_LOCK}) as mine`)
    if (!rows[0]?.mine) return { sealed: 0, more: false }
    const entries = await takePending(tx)
    if (entries.length === 0) return { sealed: 0, more: false }
    const { auditHeads } = schema
    const [head] = await tx.select().from(auditHeads).orderBy(desc(auditHeads.size)).limit(1)
    const frontier = frontierFrom(head?.size, head?.frontier)
    const sequences = await streamSequences(tx, entries)
    const nodes: FilledNode[] = []
    const leaves = entries.map((entry): Leaf => {
      const stream = streamOf(entry)
      const streamSequence = (sequences.get(stream) ?? 0) + 1
      sequences.set(stream, streamSequence)
      const place = { log: ctx.settings.auditOrigin, leafIndex: frontier.size, stream, streamSequence }
      const hash = leafHash(entryDocument(entry, place))
      nodes.push(...frontier.append(hash))
      const { id: entryId, recordedAt } = entry
      return { leafIndex: place.leafIndex, entryId, recordedAt, stream, streamSequence, hash }
    })
    await Promise.all([
      insertLeaves(tx, leaves),
      ...(nodes.length > 0 ? [tx.insert(schema.auditNodes).values(nodes)] : []),
      tx.insert(auditHeads).values({ size: frontier.size, root: frontier.root(), frontier: frontier.encode() }),
    ])
    return { sealed: entries.length, more: entries.length === SEAL_BATCH }
  })
}

/** Takes the oldest pending entries out, together with the entries themselves. */
async function takePending(tx: Tx): Promise<Entry[]> {
  const { rows } = await tx.execute<{ entry_id: string; id: string | null } & Record<string, unknown>>(sql`
    with taken as (
      delete from audit_pending
      where entry_id in (select entry_id from audit_pending order by entry_id limit ${SEAL_BATCH})
      returning entry_id, recorded_at
    )
    select taken.entry_id, e.*, to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
    from taken left join audit_entries e on e.recorded_at = taken.recorded_at and e.id = taken.entry_id
    order by taken.entry_id`)
  return rows.map((row) => {
    if (row.id === null) throw new Error(`the entry ${row.entry_id} was deleted before it was sealed`)
    return {
      id: BigInt(row.id),
      recordedAt: new Date(row.at as string),
      advisorId: row.advisor_id as string | null,
      actorId: row.actor_id as string | null,
      action: row.action as string,
      objectType: row.object_type as string,
      objectId: row.object_id as string,
      body: row.body as Entry['body'],
    }
  })
}

/** The last number of each advisor's sequence. */
async function streamSequences(tx: Tx, entries: Entry[]): Promise<Map<string, number>> {
  const streams = [...new Set(entries.map(streamOf))]
  const { rows } = await tx.execute<{ stream: string; last: string }>(sql`
    select stream, last from unnest(${sql.param(streams)}::uuid[]) as wanted (stream), lateral (
      select l.stream_sequence as last from audit_leaves l where l.stream = wanted.stream
      order by l.stream_sequence desc limit 1
    ) as latest`)
  return new Map(rows.map(({ stream, last }) => [stream, Number(last)]))
}

/** Thousands of rows in one statement, as arrays: row by row each value would be a parameter. */
const insertLeaves = (tx: Tx, leaves: Leaf[]): Promise<unknown> =>
  tx.$client.query({
    name: 'audit_leaves_insert',
    text: `insert into audit_leaves (leaf_index, entry_id, recorded_at, stream, stream_sequence, hash)
      select leaf_index, entry_id, recorded_at, stream, stream_sequence, decode(hash, 'hex') from unnest(
        $1::bigint[], $2::bigint[], $3::timestamptz[], $4::uuid[], $5::bigint[], $6::text[]
      ) as t (leaf_index, entry_id, recorded_at, stream, stream_sequence, hash)`,
    values: [
      leaves.map((leaf) => leaf.leafIndex),
      leaves.map((leaf) => leaf.entryId),
      leaves.map((leaf) => leaf.recordedAt.toISOString()),
      leaves.map((leaf) => leaf.stream),
      leaves.map((leaf) => leaf.streamSequence),
      leaves.map((leaf) => leaf.hash.toString('hex')),
    ],
  })

/**
 * Signs the newest head that is committed and not signed yet. In a transaction of its own: what is signed must never be
 * lost. Ed25519 is deterministic, so that a sealer which died in between signs the same bytes again.
 *
 * @returns the size that was signed, or null when there was nothing to sign
 */
export async function signHead(ctx: SealingCtx): Promise<number | null> {
  const { auditHeads, auditCheckpoints } = schema
  const [head] = await ctx.db.read
    .select({ size: auditHeads.size, root: auditHeads.root, signed: auditCheckpoints.size })
    .from(auditHeads)
    .leftJoin(auditCheckpoints, sql`${auditCheckpoints.size} = ${auditHeads.size}`)
    .orderBy(desc(auditHeads.size))
    .limit(1)
  if (!head || head.signed !== null) return null
  const { auditOrigin: origin } = ctx.settings
  const text = checkpointText({ origin, ...head })
  const note = signedNote(text, origin, ctx.keys.signCheckpoint(text))
  await ctx.db.read.insert(auditCheckpoints).values({ size: head.size, note }).onConflictDoNothing()
  return head.size
}

/** Seals and signs, batch by batch, until nothing is left. @returns how many entries were sealed */
export async function sealLog(ctx: SealingCtx): Promise<number> {
  let total = 0
  for (let more = true; more; ) {
    const result = await sealEntries(ctx)
    total += result.sealed
    more = result.more
    await signHead(ctx)
  }
  return total
}
