import { attachDocument } from '@pramaan/core/billing'
import { sendMail } from '@pramaan/core/identity'
import type { Ctx } from '@pramaan/core/platform/context'

export const identityJobs = {
  'identity.send-mail': (ctx: Ctx, payload: unknown) => sendMail(ctx, payload, attachDocument),
}
