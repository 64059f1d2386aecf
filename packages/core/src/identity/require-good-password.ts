import { PASSWORD_MIN } from '@pramaan/shared'
import { AppError } from '../platform/errors.ts'
import { isCommonPassword } from './common-passwords.ts'
import { judgePassword, type PasswordProblem } from './rules/password-policy.ts'

/** What somebody who guesses at this account would know. */
export interface PasswordContext {
  email: string
  fullName: string
  firm?: string | null
}

/**
 * Refuses a password that is too short or would be guessed early. `besideTotp`: whether TOTP is on, so that the password
 * is not the only factor.
 *
 * @throws AppError `password_refused`
 */
export function requireGoodPassword(password: string, besideTotp: boolean, context: PasswordContext): void {
  const minLength = besideTotp ? PASSWORD_MIN.besideTotp : PASSWORD_MIN.alone
  const problem = judgePassword(password, {
    minLength,
    isCommon: isCommonPassword,
    context: [context.email, context.fullName, context.firm ?? ''],
  })
  if (problem) throw new AppError('password_refused', ADVICE[problem](minLength))
}

const ADVICE: Record<PasswordProblem, (minLength: number) => string> = {
  short: (minLength) =>
    `Choose a password of at least ${minLength} characters. Several words in a row are easy to keep.`,
  repeated: () => 'This password repeats itself. Choose one that does not: several unrelated words, for instance.',
  common: () => 'This password is among those that are tried first. Choose several unrelated words, for instance.',
  context: () => 'This password is made of names that belong to you, your firm or Pramaan. Choose something unrelated.',
}
