import { schema } from '@pramaan/db'
import { DATA_INVENTORY } from '@pramaan/db/data-inventory'
import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { readOwnPerson } from '../identity/index.ts'
import { userIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { consentsOf } from './consents.ts'
import { withRetentions } from './erasure-view.ts'
import { grievancesOf } from './grievances.ts'
import { nomineeOf } from './nominee.ts'

const { erasures } = schema

/**
 * Everything that is kept about the caller, in clear and in a form that other programs read, with what it is kept for,
 * how long and who reads it (DPDP Act 2023, section 11).
 */
export const exportPerson = query({
  name: 'privacy.export',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    const [userId, queries] = [userIdOf(ctx), ctx.db.read]
    const [{ person, firm }, consents, nominee, grievances, asked] = await Promise.all([
      readOwnPerson(ctx, userId),
      consentsOf(queries, userId),
      nomineeOf(ctx.keys, queries, userId),
      grievancesOf(ctx.keys, queries, userId),
      queries.select().from(erasures).where(eq(erasures.subjectId, userId)).orderBy(desc(erasures.id)),
    ])
    const requests = await Promise.all(asked.map((row) => withRetentions(queries, row.advisorId, [row])))
    const exportedAt = ctx.now().toISOString()
    return {
      exportedAt,
      person,
      firm,
      consents,
      nominee,
      grievances,
      erasures: requests.flat(),
      categories: CATEGORIES,
    }
  },
})

/** The tables with columns that say or stand for who somebody is. */
const CATEGORIES = Object.entries(DATA_INVENTORY).flatMap(([data, { purpose, retention, readers, ...entry }]) => {
  const columns = [entry.personal, entry.secret, entry.pseudonym].flatMap((names) => names?.split(' ') ?? [])
  return columns.length === 0 ? [] : [{ data, purpose, retention, readers, columns }]
})
