import { base32 } from 'oslo/encoding'
import { expect, test } from 'vitest'
import { newRecoveryCodes } from './recovery-codes.ts'
import { recoveryLetters, stepsAt, totpDigits } from './rules/totp.ts'
import { newTotpSecret, stepOfCode, totpCode, totpUri } from './totp.ts'

const RFC_SECRET = base32.encode(Buffer.from('12345678901234567890'), { includePadding: false })

// RFC 6238, appendix B, SHA-1; the last six of its eight digits.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %i s after 1970 the code of RFC 6238 is %s', async (seconds, code) => {
  const step = Math.floor(seconds / 30)
  expect(await totpCode(RFC_SECRET, step)).toBe(code)
  expect(await stepOfCode(RFC_SECRET, code, new Date(seconds * 1000))).toBe(step)
})

test('ASVS 6.5.5: the code of the step before and of the one after are taken too, and of no other', async () => {
  const now = new Date(1_234_567_890_000)
  const [current = 0] = stepsAt(now)
  for (const offset of [-3, -2, -1, 0, 1, 2, 3]) {
    const code = await totpCode(RFC_SECRET, current + offset)
    expect(await stepOfCode(RFC_SECRET, code, now), String(offset)).toBe(
      Math.abs(offset) <= 1 ? current + offset : null,
    )
  }
})

test('a code may be typed with a space, and nothing else is one', () => {
  expect(totpDigits('123 456')).toBe('123456')
  for (const wrong of ['12345', '1234567', '12345a', '', '１２３４５６']) expect(totpDigits(wrong)).toBeNull()
})

test('ASVS 6.5.3, 11.5.1: a secret has 160 bits and stands in the URI as an authenticator reads it', () => {
  const secret = newTotpSecret()
  expect(base32.decode(secret, { strict: false })).toHaveLength(20)
  const uri = new URL(totpUri(secret, 'asha@example.test'))
  expect(uri.href).toContain('otpauth://totp/Pramaan:asha%40example.test?')
  expect(Object.fromEntries(uri.searchParams)).toMatchObject({ secret, issuer: 'Pramaan' })
})

test('ASVS 6.5.2, 6.5.4, 11.5.1: recovery codes have 140 bits each, differ, and are read however they are typed', () => {
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) {
    expect(code).toMatch(/^([A-Z2-7]{7}-){3}[A-Z2-7]{7}$/)
    expect(recoveryLetters(code.toLowerCase().replaceAll('-', ' '))).toBe(code.replaceAll('-', ''))
  }
  for (const wrong of ['123456', codes[0]?.slice(1) ?? '', `${codes[0]}A`]) expect(recoveryLetters(wrong)).toBeNull()
})
