import { schema } from '@pramaan/db'
import { Preferences } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'

const { advisors } = schema

export const PREFERENCES_SET = 'preferences.set'

/**
 * Decides how the firm works. Deciding for what is already so is a decision too: it ends that step of the onboarding,
 * and it is written down.
 */
export const setPreferences = command({
  name: 'advisor.set_preferences',
  input: Preferences,
  async run(ctx, preferences) {
    const advisorId = advisorIdOf(ctx)
    const changed = ctx.tx.update(advisors).set(preferences).where(eq(advisors.id, advisorId))
    return {
      output: preferences,
      audit: { action: PREFERENCES_SET, objectType: 'advisor', objectId: advisorId, detail: { ...preferences } },
      writes: [changed.execute()],
    }
  },
})
