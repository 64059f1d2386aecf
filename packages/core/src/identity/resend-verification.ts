import { mailRequest } from './mail-request.ts'

/**
 * Sends the confirmation of an address again.
 *
 * @throws AppError `rate_limited`
 */
export const resendVerification = mailRequest({
  name: 'email_verification.request',
  kind: 'confirm_address',
  action: 'email_verification.requested',
  output: { emailVerification: 'sent' as const },
})
