import { schema } from '@pramaan/db'
import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { withRetentions } from './erasure-view.ts'

const NEWEST = 100

/** The firm's newest erasures, with what is retained of each, under which clause and until when. */
export const listErasures = query({
  name: 'privacy.list_erasures',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    const { erasures } = schema
    const advisorId = advisorIdOf(ctx)
    const rows = await ctx.db.read
      .select()
      .from(erasures)
      .where(eq(erasures.advisorId, advisorId))
      .orderBy(desc(erasures.id))
      .limit(NEWEST)
    return { items: await withRetentions(ctx.db.read, advisorId, rows) }
  },
})
