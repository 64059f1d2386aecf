import { type Queries, schema } from '@pramaan/db'
import type { EvidenceView } from '@pramaan/shared'
import { and, asc, inArray } from 'drizzle-orm'

const { licenceEvidence } = schema

/** Where a document stands, encrypted under the advisor's key. */
export const evidencePlace = (id: string) => ({ table: 'licence_evidence', column: 'document', rowId: id })

export const evidenceView = (
  row: Pick<typeof licenceEvidence.$inferSelect, 'id' | 'type' | 'size' | 'createdAt'>,
): EvidenceView => ({ id: row.id, type: row.type, size: row.size, submittedAt: row.createdAt.toISOString() })

/** What was handed in for each of these licences, oldest first; never the documents themselves. */
export async function readEvidence(
  queries: Queries,
  of: readonly { advisorId: string; id: string }[],
): Promise<(licenceId: string) => EvidenceView[]> {
  if (of.length === 0) return () => []
  const { advisorId, id, type, size, createdAt, licenceId } = licenceEvidence
  const advisors = [...new Set(of.map((licence) => licence.advisorId))]
  const licences = of.map((licence) => licence.id)
  const rows = await queries
    .select({ id, type, size, createdAt, licenceId })
    .from(licenceEvidence)
    .where(and(inArray(advisorId, advisors), inArray(licenceId, licences)))
    .orderBy(asc(id))
  const byLicence = Map.groupBy(rows, (row) => row.licenceId)
  return (wanted) => (byLicence.get(wanted) ?? []).map(evidenceView)
}
