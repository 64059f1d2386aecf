import type { schema } from '@pramaan/db'
import type { Keys } from '../../platform/crypto.ts'
import type { Rows } from '../read-log.ts'
import { entryDocument, streamOf } from '../rules/entry-document.ts'
import { frontierFrom, leafHash } from '../rules/merkle.ts'
import { checkpointText, signedNote } from '../rules/signed-note.ts'

type Entry = typeof schema.auditEntries.$inferSelect

const SEALED = ['audit_cosignatures', 'audit_checkpoints', 'audit_heads', 'audit_nodes', 'audit_leaves']

/**
 * What somebody does who holds the database and the product: seals all entries anew, in the order of their numbers, as
 * if it had always been so. With `keys` he signs, too; without, the old checkpoints stay.
 */
export async function forgeLog(rows: Rows, origin: string, keys: Keys | null, signAt: readonly number[] = []) {
  const entries = await rows<Record<string, never>>('select * from audit_entries order by id')
  const size = entries.length
  if (keys) for (const table of SEALED) await rows(`delete from ${table}`)
  else await rows('delete from audit_leaves')
  const frontier = frontierFrom()
  const sequences = new Map<string, number>()
  for (const row of entries) {
    const entry = entryOf(row)
    const stream = streamOf(entry)
    const streamSequence = (sequences.get(stream) ?? 0) + 1
    sequences.set(stream, streamSequence)
    const place = { log: origin, leafIndex: frontier.size, stream, streamSequence }
    const hash = leafHash(entryDocument(entry, place))
    for (const { level, nodeIndex, hash: root } of frontier.append(hash)) {
      if (keys) await rows('insert into audit_nodes values ($1, $2, $3)', [level, nodeIndex, root])
    }
    const values = [place.leafIndex, entry.id, entry.recordedAt, stream, streamSequence, hash]
    await rows('insert into audit_leaves values ($1, $2, $3, $4, $5, $6)', values)
    if (!keys || !(signAt.includes(frontier.size) || frontier.size === size)) continue
    await rows('insert into audit_heads values ($1, $2, $3)', [frontier.size, frontier.root(), frontier.encode()])
    const text = checkpointText({ origin, size: frontier.size, root: frontier.root() })
    await rows('insert into audit_checkpoints values ($1, $2)', [
      frontier.size,
      signedNote(text, origin, keys.signCheckpoint(text)),
    ])
  }
}

const entryOf = (row: Record<string, never>): Entry => ({
  id: BigInt(row.id ?? 0),
  recordedAt: row.recorded_at as unknown as Date,
  advisorId: row.advisor_id ?? null,
  actorId: row.actor_id ?? null,
  action: row.action ?? '',
  objectType: row.object_type ?? '',
  objectId: row.object_id ?? '',
  body: row.body as never,
})
