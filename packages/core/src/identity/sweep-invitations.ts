import { schema } from '@pramaan/db'
import { lt } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'

const { invitations } = schema

/** How long the address of somebody who never joined, or joined long ago, is kept. */
const KEEP_MS = 30 * 24 * 3_600_000

/** Deletes invitations that ran out a month ago, whatever became of them; the audit log keeps what happened. */
export const sweepInvitations = (ctx: Ctx): Promise<{ deleted: number }> => deleteOld(ctx, {})

const deleteOld = command({
  name: 'invitation.sweep',
  input: z.strictObject({}),
  async run(ctx) {
    const { rowCount } = await ctx.tx
      .delete(invitations)
      .where(lt(invitations.expiresAt, new Date(ctx.now().getTime() - KEEP_MS)))
    const output = { deleted: rowCount ?? 0 }
    if (output.deleted === 0) return { output, unchanged: true }
    return {
      output,
      audit: { action: 'invitations.swept', objectType: 'domain', objectId: 'identity', detail: output },
    }
  },
})
