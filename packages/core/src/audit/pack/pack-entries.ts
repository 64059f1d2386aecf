import { type Db, schema } from '@pramaan/db'
import { and, asc, eq, gt, lte } from 'drizzle-orm'
import type { HashReader } from '../read-hashes.ts'
import { entryDocument } from '../rules/entry-document.ts'
import { inclusionPath } from '../rules/merkle.ts'
import type { PackRow, PackScope } from './pack-rows.ts'

const PAGE = 1_000

/** The entries of an advisor after a number, with their proofs under the checkpoint over `size` entries. */
export async function readEntries(
  { db, origin, readHashes }: { db: Db; origin: string; readHashes: HashReader },
  { advisorId, firstSequence, lastSequence }: PackScope,
  size: number,
  after: string | null,
): Promise<PackRow[]> {
  const { auditEntries, auditLeaves } = schema
  const rows = await db.read
    .select()
    .from(auditLeaves)
    .innerJoin(
      auditEntries,
      and(eq(auditEntries.recordedAt, auditLeaves.recordedAt), eq(auditEntries.id, auditLeaves.entryId)),
    )
    .where(
      and(
        eq(auditLeaves.stream, advisorId),
        gt(auditLeaves.streamSequence, after === null ? firstSequence - 1 : Number(after)),
        lte(auditLeaves.streamSequence, lastSequence),
      ),
    )
    .orderBy(asc(auditLeaves.streamSequence))
    .limit(PAGE)
  const paths = rows.map(({ audit_leaves: leaf }) => inclusionPath(leaf.leafIndex, size))
  const hashes = await readHashes(paths.flat())
  let used = 0
  return rows.map(({ audit_leaves: leaf, audit_entries: entry }, at) => {
    const proof = hashes.slice(used, used + (paths[at]?.length ?? 0)).map((hash) => hash.toString('base64'))
    used += proof.length
    const row = JSON.stringify({ leaf: entryDocument(entry, { log: origin, ...leaf }), proof })
    return { key: String(leaf.streamSequence), row }
  })
}
