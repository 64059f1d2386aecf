import { schema } from '@pramaan/db'
import { UpdateProfileInput } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { readProfile } from './read-profile.ts'

const { advisors } = schema

/** Changes how the firm is called. The name goes into every footer from the next check on. */
export const updateProfile = command({
  name: 'advisor.update',
  input: UpdateProfileInput,
  async run(ctx, { displayName }) {
    const advisorId = advisorIdOf(ctx)
    const changed = await ctx.tx
      .update(advisors)
      .set({ displayName })
      .where(and(eq(advisors.id, advisorId), ne(advisors.displayName, displayName)))
      .returning({ id: advisors.id })
    const output = await readProfile(ctx, ctx.tx)
    if (changed.length === 0) return { output, unchanged: true }
    return {
      output,
      audit: {
        action: 'advisor.updated',
        objectType: 'advisor',
        objectId: advisorId,
        detail: { fields: ['displayName'] },
      },
    }
  },
})
