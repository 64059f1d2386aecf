import type { schema } from '@pramaan/db'
import type { LicenceState, LicenceType, LicenceView } from '@pramaan/shared'
import { sql } from 'drizzle-orm'

/** A licence as `json_agg` writes it. */
interface LicenceJson {
  id: string
  type: LicenceType
  number: string
  euin: string | null
  state: LicenceState
  validUntil: string | null
}

/**
 * The licences of the row of `advisors` that the statement stands on, oldest first, as one column: a list costs no
 * second round trip. The table is named in full, because Drizzle drops it from its own columns in a one-table select.
 */
export const licencesOfAdvisor = sql<LicenceJson[]>`(
  select coalesce(json_agg(json_build_object(
    'id', l.id, 'type', l.type, 'number', l.number, 'euin', l.euin, 'state', l.state, 'validUntil', l.valid_until
  ) order by l.id), '[]'::json)
  from licences l where l.advisor_id = "advisors"."id")`

export const licenceView = ({ validUntil, ...licence }: LicenceJson): LicenceView => ({
  ...licence,
  validUntil: validUntil === null ? null : new Date(validUntil).toISOString(),
})

/** A licence as its row holds it. */
export const viewOfLicence = (row: typeof schema.licences.$inferSelect): LicenceView => ({
  id: row.id,
  type: row.type,
  number: row.number,
  euin: row.euin,
  state: row.state,
  validUntil: row.validUntil?.toISOString() ?? null,
})
