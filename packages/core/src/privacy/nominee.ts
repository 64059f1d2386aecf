import { type Queries, schema } from '@pramaan/db'
import { NomineeInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { userIdOf } from '../platform/context.ts'
import type { Keys } from '../platform/crypto.ts'
import { command } from '../platform/use-case.ts'

const { nominations } = schema

const place = (userId: string) => ({ table: 'nominations', column: 'nominee', rowId: userId })

/** Whom a person nominated; null when nobody. */
export async function nomineeOf(keys: Keys, queries: Queries, userId: string) {
  const [row] = await queries.select().from(nominations).where(eq(nominations.userId, userId))
  if (!row) return null
  const nominee = NomineeInput.parse(JSON.parse(await keys.open(queries, userId, place(userId), row.nominee)))
  return { ...nominee, nominatedAt: row.nominatedAt.toISOString() }
}

/** Names who may exercise the caller's rights after death or incapacity; in place of whoever was named before. */
export const nominate = command({
  name: 'privacy.nominate',
  input: NomineeInput,
  async run(ctx, input) {
    const userId = userIdOf(ctx)
    const key = await ctx.keys.dataKeyOf(ctx.tx, userId)
    const values = { nominee: ctx.keys.seal(key, place(userId), JSON.stringify(input)), nominatedAt: ctx.now() }
    await ctx.tx
      .insert(nominations)
      .values({ userId, ...values })
      .onConflictDoUpdate({ target: nominations.userId, set: values })
    return {
      output: { ...input, nominatedAt: values.nominatedAt.toISOString() },
      audit: { action: 'nominee.named', objectType: 'user', objectId: userId },
    }
  },
})
