/** RFC 6238 with the values that every authenticator app takes: six digits, 30 seconds, SHA-1. */
const TOTP_PERIOD_SECONDS = 30
export const TOTP_DIGITS = 6
/** Steps to either side that are taken too (RFC 6238, 5.2): clocks differ, and typing takes time. */
const WINDOW = [0, -1, 1]

/** The steps whose codes are good at a moment, the likeliest first. */
export function stepsAt(now: Date): number[] {
  const current = Math.floor(now.getTime() / 1000 / TOTP_PERIOD_SECONDS)
  return WINDOW.map((offset) => current + offset)
}

/** Digits as people type them, with a space in the middle; null for what cannot be a code. */
export function totpDigits(typed: string): string | null {
  const digits = typed.replace(/[\s-]/g, '')
  return /^\d{6}$/.test(digits) ? digits : null
}

/** A recovery code as it was shown, however its groups and letters were typed; null for what cannot be one. */
export function recoveryLetters(typed: string): string | null {
  const letters = typed.replace(/[\s-]/g, '').toUpperCase()
  return /^[A-Z2-7]{28}$/.test(letters) ? letters : null
}
