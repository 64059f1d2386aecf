import { type Db, schema } from '@pramaan/db'
import { and, asc, eq, gt, lte } from 'drizzle-orm'
import { hashReader } from '../read-hashes.ts'
import { entryDocument } from '../rules/entry-document.ts'
import { inclusionPath } from '../rules/merkle.ts'

/** Numbers in the advisor's own sequence, both included. */
export interface PackRange {
  readonly firstSequence: number
  readonly lastSequence: number
}

const PAGE = 1_000

/** The entries of an advisor with their proofs under a checkpoint, a line of JSON each. */
export async function* packEntries(
  { db, origin }: { db: Db; origin: string },
  advisorId: string,
  size: number,
  { firstSequence, lastSequence }: PackRange,
): AsyncGenerator<string> {
  const { auditEntries, auditLeaves } = schema
  const readHashes = hashReader(db.read)
  for (let after = firstSequence - 1; after < lastSequence; ) {
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
          gt(auditLeaves.streamSequence, after),
          lte(auditLeaves.streamSequence, lastSequence),
        ),
      )
      .orderBy(asc(auditLeaves.streamSequence))
      .limit(PAGE)
    const last = rows.at(-1)
    if (!last) return
    after = last.audit_leaves.streamSequence
    for (const { audit_leaves: leaf, audit_entries: entry } of rows) {
      const hashes = await readHashes(inclusionPath(leaf.leafIndex, size))
      const proof = hashes.map((hash) => hash.toString('base64'))
      yield `${JSON.stringify({ leaf: entryDocument(entry, { log: origin, ...leaf }), proof })}\n`
    }
  }
}
