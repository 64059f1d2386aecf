import { z } from 'zod'
import { userIdOf } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { readChoices } from './notification-choices.ts'

/** Which mails the caller wants. */
export const getNotifications = query({
  name: 'notifications.get',
  input: z.strictObject({}),
  run: (ctx) => readChoices(ctx.db.read, userIdOf(ctx)),
})
