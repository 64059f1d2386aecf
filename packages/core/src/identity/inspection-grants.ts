import type { schema } from '@pramaan/db'
import type { InspectionGrantView } from '@pramaan/shared'

export const grantView = (row: typeof schema.inspectorGrants.$inferSelect): InspectionGrantView => ({
  id: row.id,
  advisorId: row.advisorId,
  inspectorId: row.inspectorId,
  scopes: row.scopes,
  validFrom: row.validFrom.toISOString(),
  validUntil: row.validUntil.toISOString(),
  reason: row.reason,
  grantedBy: row.grantedBy,
  createdAt: row.createdAt.toISOString(),
  revokedAt: row.revokedAt?.toISOString() ?? null,
})
