import { ResendVerificationInput } from '@pramaan/shared'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'

/**
 * Sends the confirmation again. Nothing is looked up here: who is behind the address, and whether they need a mail, is
 * found out by the job, so that neither the answer nor its time depends on it.
 *
 * @throws AppError `rate_limited`
 */
export const resendVerification = steps({
  name: 'email_verification.request',
  input: ResendVerificationInput,
  async run(ctx, input) {
    await limitMails(ctx, hashAddress(ctx.keys, input.email))
    return requestVerification(ctx, input)
  },
})

const requestVerification = command({
  name: 'email_verification.request',
  input: ResendVerificationInput,
  async run(ctx, { email }) {
    const id = addressId(hashAddress(ctx.keys, email))
    return {
      output: { emailVerification: 'sent' as const },
      audit: { action: 'email_verification.requested', objectType: 'address', objectId: id },
      jobs: [sendMailJob.with({ kind: 'confirm_address', addressHash: id, mailId: ctx.newId() })],
    }
  },
})
