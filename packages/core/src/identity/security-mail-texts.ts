import type { SECURITY_NOTICES } from './jobs.ts'
import { compose, type MailText, type Paragraph } from './mail-texts.ts'

export type SecurityNotice = (typeof SECURITY_NOTICES)[number]

/** The link to set a new password. */
export const resetPasswordText = (link: string): MailText =>
  compose('Set a new password', [
    'Somebody, most likely you, asked to set a new password for your account with Pramaan.',
    'To do so, open this link within one hour:',
    { link },
    'If this was not you, do nothing: your password stays as it is.',
  ])

/** The link that makes a new address the one to sign in with; goes to the new address. */
export const confirmNewAddressText = (link: string): MailText =>
  compose('Confirm your new email address', [
    'Somebody asked to use this address to sign in to an account with Pramaan.',
    'To confirm it, open this link within one hour and press the button there:',
    { link },
    'If this was not you, do nothing: nothing will be changed.',
  ])

/** What happened to an account's credentials, for the owner to object to. `link` leads to the installation. */
export function noticeText(notice: SecurityNotice, link: string): MailText {
  const { subject, what } = NOTICES[notice]
  return compose(subject, [...what, 'If this was you, you need not do anything. If not, act now:', ...ACT_NOW(link)])
}

const ACT_NOW = (link: string): Paragraph[] => [
  'Ask for a link to set a new password. That ends every sign-in, also that of somebody else:',
  { link },
]

const NOTICES: Record<SecurityNotice, { subject: string; what: string[] }> = {
  password_changed: {
    subject: 'Your password was changed',
    what: ['The password of your account with Pramaan was changed, and all other sign-ins were ended.'],
  },
  password_reset: {
    subject: 'Your password was set anew',
    what: ['A new password was set for your account with Pramaan, by a link from a mail. All sign-ins were ended.'],
  },
  totp_enabled: {
    subject: 'A second factor was turned on',
    what: ['Signing in to your account with Pramaan needs a code of an authenticator from now on.'],
  },
  totp_disabled: {
    subject: 'The second factor was turned off',
    what: ['Signing in to your account with Pramaan needs no code any more, only the password.'],
  },
  recovery_code_used: {
    subject: 'A recovery code was used',
    what: ['Somebody signed in to your account with Pramaan with one of your recovery codes. It is spent now.'],
  },
  refresh_reused: {
    subject: 'A sign-in was ended for safety',
    what: [
      'A key that keeps you signed in to Pramaan was used twice. Somebody may have a copy of it, so that sign-in was ended.',
    ],
  },
  email_change_requested: {
    subject: 'A change of your email address was asked for',
    what: [
      'Somebody who was signed in to your account with Pramaan asked to sign in with another address from now on.',
    ],
  },
  email_changed: {
    subject: 'Your email address was changed',
    what: ['Your account with Pramaan has another email address now. This one does not sign in any more.'],
  },
}
