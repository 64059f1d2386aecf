import { z } from 'zod'
import { defineJob } from '../platform/queue.ts'

/** Mails about the credentials of an account; their words are in `security-mail-texts.ts`. */
export const SECURITY_NOTICES = [
  'password_changed',
  'password_reset',
  'totp_enabled',
  'totp_disabled',
  'recovery_code_used',
  'refresh_reused',
  'email_change_requested',
  'email_changed',
] as const
export const SECURITY_MAILS = ['reset_password', 'confirm_new_address', ...SECURITY_NOTICES] as const

/**
 * A mail to the person behind an address. The job names the address by its keyed hash and carries no token: the queue's
 * tables hold nothing that could be used or read by somebody who sees them. See `sendMail`.
 */
export const sendMailJob = defineJob('identity.send-mail', {
  kind: z.enum(['confirm_address', 'registration_repeated', 'staff_invited', ...SECURITY_MAILS]),
  addressHash: z.string(),
  /** Makes the token and the Message-ID, so that a second run sends the very same mail. */
  mailId: z.uuid(),
  /** Sealed: an address that the account does not have any more. See `sealRecipient`. */
  recipient: z.string().optional(),
})
