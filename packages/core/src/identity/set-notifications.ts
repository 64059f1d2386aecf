import { NotificationChoices } from '@pramaan/shared'
import { userIdOf } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { writeChoices } from './notification-choices.ts'

/** Chooses which mails the caller wants. Notices about the account itself are not a matter of choice. */
export const setNotifications = command({
  name: 'notifications.set',
  input: NotificationChoices,
  async run(ctx, choices) {
    const userId = userIdOf(ctx)
    return {
      output: choices,
      audit: { action: 'notifications.set', objectType: 'user', objectId: userId, detail: { ...choices } },
      writes: [writeChoices(ctx.tx, userId, choices)],
    }
  },
})
