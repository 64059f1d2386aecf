import { schema } from '@pramaan/db'
import { asc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { readEvidence } from './evidence-rows.ts'
import { viewOfLicence } from './licence-rows.ts'

const { licences } = schema

/** The licences of the firm, oldest first, each with what was handed in for it. */
export const listLicences = query({
  name: 'licence.list',
  input: z.strictObject({}),
  async run(ctx) {
    const rows = await ctx.db.read
      .select()
      .from(licences)
      .where(eq(licences.advisorId, advisorIdOf(ctx)))
      .orderBy(asc(licences.id))
    const evidenceOf = await readEvidence(ctx.db.read, rows)
    return { items: rows.map((row) => ({ ...viewOfLicence(row), evidence: evidenceOf(row.id) })) }
  },
})
