import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'

/** Data keys of one transaction: few enough to hold no lock for long, many enough to make a million a matter of minutes. */
const BATCH = 500

/**
 * Wraps every data key anew under the first key of `KEYRING`, batch by batch, while everything runs on. Each batch is
 * committed with its audit entry, so a rotation that was killed is simply begun again, and several may run at once.
 *
 * @param onBatch hears how many were wrapped so far
 * @returns how many this rotation wrapped
 */
export async function rotateDataKeys(ctx: Ctx, onBatch: (rewrapped: number) => void = () => undefined) {
  let rewrapped = 0
  for (let last = BATCH; last > 0; ) {
    last = await rewrapBatch(ctx, { limit: BATCH })
    rewrapped += last
    if (last > 0) onBatch(rewrapped)
  }
  return { rewrapped, keyId: ctx.keys.wrappingKeyId }
}

const rewrapBatch = command({
  name: 'data_key.rewrap',
  input: z.strictObject({ limit: z.int().min(1) }),
  async run(ctx, { limit }) {
    const count = await ctx.keys.rewrap(ctx.tx, limit)
    if (count === 0) return { output: 0, unchanged: true }
    return {
      output: count,
      audit: {
        action: 'data_keys.rewrapped',
        objectType: 'keyring',
        objectId: ctx.keys.wrappingKeyId,
        detail: { count },
      },
    }
  },
})
