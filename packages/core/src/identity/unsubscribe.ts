import { schema } from '@pramaan/db'
import { UnsubscribeInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { writeChoices } from './notification-choices.ts'
import { readUnsubscribeToken } from './unsubscribe-token.ts'

const { users } = schema

/** Turns off the mails that a link stands under. Doing it twice is as good as once. @throws AppError `invalid_token` */
export const unsubscribe = command({
  name: 'notifications.unsubscribe',
  input: UnsubscribeInput,
  async run(ctx, { token }) {
    const meant = readUnsubscribeToken(ctx.keys, token)
    const known = meant && (await ctx.tx.$count(users, eq(users.id, meant.userId)))
    if (!meant || !known) throw new AppError('invalid_token', 'This link is not complete. Copy it whole from the mail.')
    const { userId, choice } = meant
    return {
      output: { done: true as const },
      audit: {
        action: 'notifications.set',
        objectType: 'user',
        objectId: userId,
        detail: { [choice]: false, by: 'link' },
      },
      writes: [writeChoices(ctx.tx, userId, { [choice]: false })],
    }
  },
})
