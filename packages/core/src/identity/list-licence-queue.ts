import { schema } from '@pramaan/db'
import { LicenceQueueInput } from '@pramaan/shared'
import { and, asc, eq, gt } from 'drizzle-orm'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { readEvidence } from './evidence-rows.ts'
import { importedRegister } from './licence-register.ts'
import { viewOfLicence } from './licence-rows.ts'

const { advisors, licences } = schema

/**
 * Licences of all advisors, oldest claim first, each with its evidence and with what the newest list of the register
 * says about the number. The list informs the decision; it is never taken by it. @throws AppError `invalid_cursor`
 */
export const listLicenceQueue = query({
  name: 'admin.list_licences',
  input: LicenceQueueInput,
  async run(ctx, { limit, cursor, state }) {
    const list = `admin.licences:${state ?? ''}`
    const rows = await ctx.db.read
      .select({ licence: licences, displayName: advisors.displayName })
      .from(licences)
      .innerJoin(advisors, eq(advisors.id, licences.advisorId))
      .where(
        and(
          state === undefined ? undefined : eq(licences.state, state),
          cursor === undefined ? undefined : gt(licences.id, decodeCursor(ctx.keys, list, cursor)),
        ),
      )
      .orderBy(asc(licences.id))
      .limit(limit + 1)
    const page = toPage(ctx.keys, list, rows, { limit, keyOf: (row) => row.licence.id, view: (row) => row })
    const shown = page.items.map(({ licence }) => licence)
    const [evidenceOf, standings] = await Promise.all([
      readEvidence(ctx.db.read, shown),
      importedRegister(ctx.db.read).lookUp(shown),
    ])
    const items = page.items.map(({ licence, displayName }, index) => ({
      ...viewOfLicence(licence),
      evidence: evidenceOf(licence.id),
      advisor: { id: licence.advisorId, displayName },
      register: standings[index] ?? { standing: 'unknown' as const, name: null, validUntil: null, listedOn: null },
    }))
    return { items, nextCursor: page.nextCursor }
  },
})
