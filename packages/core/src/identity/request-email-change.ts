import { schema } from '@pramaan/db'
import { ChangeEmailInput } from '@pramaan/shared'
import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { sealPendingEmail } from './person.ts'
import { requireStepUp } from './require-step-up.ts'

const { emailTokens, users } = schema

/**
 * Asks to sign in with another address from now on. A link goes to the new address, a notice to the present one; nothing
 * changes before the link is used. The answer does not tell whether the new address has an account already.
 *
 * @throws AppError `step_up_required`, `rate_limited`
 */
export const requestEmailChange = steps({
  name: 'email.change',
  input: ChangeEmailInput,
  async run(ctx, input) {
    requireStepUp(ctx)
    await limitMails(ctx, hashAddress(ctx.keys, input.newEmail))
    return keepPending(ctx, input)
  },
})

const keepPending = command({
  name: 'email.change',
  input: z.strictObject({ newEmail: z.string() }),
  async run(ctx, { newEmail }) {
    const userId = userIdOf(ctx)
    const pendingEmailHash = hashAddress(ctx.keys, newEmail)
    const key = await ctx.keys.dataKeyOf(ctx.tx, userId)
    const [user] = await ctx.tx
      .update(users)
      .set({ pendingEmailHash, pendingEmail: sealPendingEmail(ctx.keys, key, userId, newEmail) })
      .where(eq(users.id, userId))
      .returning({ emailHash: users.emailHash })
    if (!user) throw new Error('a user who acts has no row')
    await ctx.tx
      .delete(emailTokens)
      .where(and(eq(emailTokens.userId, userId), eq(emailTokens.purpose, 'change'), isNull(emailTokens.usedAt)))
    const addressHash = addressId(user.emailHash)
    return {
      output: { mail: 'sent' as const },
      audit: {
        action: 'email_change.requested',
        objectType: 'user',
        objectId: userId,
        detail: { to: addressId(pendingEmailHash) },
      },
      jobs: [
        sendMailJob.with({ kind: 'confirm_new_address', addressHash, mailId: ctx.newId() }),
        sendMailJob.with({ kind: 'email_change_requested', addressHash, mailId: ctx.newId() }),
      ],
    }
  },
})
