import { type Queries, schema } from '@pramaan/db'
import type { LicenceType, RegisterStanding } from '@pramaan/shared'
import { and, eq, inArray, or } from 'drizzle-orm'

export interface Registration {
  type: LicenceType
  number: string
}

/**
 * Where a claimed number is looked up. No regulator offers an interface for it, so the one that works reads the lists
 * that were imported; an interface that comes one day takes its place here, and nothing else changes.
 */
export interface LicenceRegister {
  /** What the register says about each number, in the order asked. */
  lookUp(registrations: readonly Registration[]): Promise<RegisterStanding[]>
}

const { licenceLists, licenceRegister } = schema

/** The imported lists as a register. */
export const importedRegister = (queries: Queries): LicenceRegister => ({
  async lookUp(registrations) {
    if (registrations.length === 0) return []
    const asked = [...Map.groupBy(registrations, ({ type }) => type)].map(([type, claims]) =>
      and(
        eq(licenceRegister.type, type),
        inArray(
          licenceRegister.number,
          claims.map(({ number }) => number),
        ),
      ),
    )
    const [lists, entries] = await Promise.all([
      queries.select().from(licenceLists),
      queries
        .select()
        .from(licenceRegister)
        .where(or(...asked)),
    ])
    const listOf = new Map(lists.map((list) => [list.type, list]))
    const entryOf = new Map(entries.map((entry) => [`${entry.type} ${entry.number}`, entry]))
    return registrations.map(({ type, number }) => standingOf(listOf.get(type), entryOf.get(`${type} ${number}`)))
  },
})

function standingOf(
  list: typeof licenceLists.$inferSelect | undefined,
  entry: typeof licenceRegister.$inferSelect | undefined,
): RegisterStanding {
  if (!list) return { standing: 'unknown', name: null, validUntil: null, listedOn: null }
  if (!entry) return { standing: 'absent', name: null, validUntil: null, listedOn: list.listedOn }
  return {
    standing: entry.listedOn < list.listedOn ? 'gone' : 'listed',
    name: entry.name,
    validUntil: entry.validUntil?.toISOString() ?? null,
    listedOn: entry.listedOn,
  }
}
