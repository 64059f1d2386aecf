import { schema, statement } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'

const { advisors } = schema

/** How the firm works. */
export const getPreferences = query({
  name: 'advisor.preferences',
  input: z.strictObject({}),
  async run(ctx) {
    const [row] = await selectPreferences(ctx.db.read).execute({ advisorId: advisorIdOf(ctx) })
    if (!row) throw notFound('advisor')
    return row
  },
})

const selectPreferences = statement((queries) =>
  queries
    .select({ autoApproveClean: advisors.autoApproveClean, aiReview: advisors.aiReview })
    .from(advisors)
    .where(eq(advisors.id, sql.placeholder('advisorId')))
    .prepare('identity_preferences'),
)
