import { ForgotPasswordInput } from '@pramaan/shared'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'

/**
 * Mails a link to set a new password. Nothing is looked up here: who is behind the address is found out by the job, so
 * that neither the answer nor its time depends on it.
 *
 * @throws AppError `rate_limited`
 */
export const requestPasswordReset = steps({
  name: 'password_reset.request',
  input: ForgotPasswordInput,
  async run(ctx, input) {
    await limitMails(ctx, hashAddress(ctx.keys, input.email))
    return enqueueMail(ctx, input)
  },
})

const enqueueMail = command({
  name: 'password_reset.request',
  input: ForgotPasswordInput,
  async run(ctx, { email }) {
    const id = addressId(hashAddress(ctx.keys, email))
    return {
      output: { mail: 'sent' as const },
      audit: { action: 'password_reset.requested', objectType: 'address', objectId: id },
      jobs: [sendMailJob.with({ kind: 'reset_password', addressHash: id, mailId: ctx.newId() })],
    }
  },
})
