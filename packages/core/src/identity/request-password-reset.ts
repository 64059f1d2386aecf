import { mailRequest } from './mail-request.ts'

/**
 * Mails a link to set a new password.
 *
 * @throws AppError `rate_limited`
 */
export const requestPasswordReset = mailRequest({
  name: 'password_reset.request',
  kind: 'reset_password',
  action: 'password_reset.requested',
  output: { mail: 'sent' as const },
})
