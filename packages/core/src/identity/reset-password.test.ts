import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { AppError } from '../platform/errors.ts'
import { refreshTokens, requestPasswordReset, resetPassword, signIn } from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const NEW_PASSWORD = 'another quite unrelated sentence'
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    ({ code }: AppError) => code,
  )

async function forgot(email: string): Promise<string> {
  await requestPasswordReset(world.stranger(), { email })
  await world.deliverMail()
  return world.tokenFor(email)
}
const reset = (token: string, newPassword = NEW_PASSWORD) => resetPassword(world.stranger(), { token, newPassword })

test('ASVS 7.4.3: the link sets a new password, ends every session and refresh token, signs nobody in and mails a notice', async () => {
  const { email, userId } = await world.person()
  const [one, two] = [await world.signIn(email), await world.signIn(email)]
  const token = await forgot(email)
  expect(world.outbox.findLast(({ to }) => to === email)?.text).toContain('/reset-password?token=')
  expect(await reset(token)).toEqual({ done: true })
  for (const { view, sessionSecret } of [one, two]) {
    expect(await codeOf(world.whoIs({ accessToken: view.accessToken }))).toBe('session_ended')
    expect(await codeOf(world.whoIs({ sessionSecret }))).toBe('session_ended')
    expect(await codeOf(refreshTokens(world.stranger(), { refreshToken: view.refreshToken }))).toBe('session_ended')
  }
  expect(await world.sessions.list(userId)).toEqual([])
  expect(await codeOf(world.signIn(email, PASSWORD))).toBe('invalid_credentials')
  expect((await world.signIn(email, NEW_PASSWORD)).view.user.email).toBe(email)
  await world.deliverMail()
  expect(world.subjectsTo(email)).toContain('Your password was set anew')
  expect(await world.auditActions(userId)).toContain('password.reset')
})

test('ASVS 6.4.1: of 50 uses of one link at once exactly one wins, and later ones get nothing', async () => {
  const { email } = await world.person()
  const token = await forgot(email)
  const passwords = Array.from({ length: 50 }, (_, at) => `unrelated sentence number ${at}`)
  const codes = await Promise.all(passwords.map((password) => codeOf(reset(token, password))))
  expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
  expect(codes.filter((code) => code === 'invalid_token')).toHaveLength(49)
  expect(await codeOf(reset(token))).toBe('invalid_token')
  expect(await codeOf(world.signIn(email, passwords[codes.indexOf('ok')]))).toBe('ok')
})

test('ASVS 6.4.1: a link ends after an hour, and with any other of its kind', async () => {
  const { email } = await world.person()
  const old = await forgot(email)
  const newer = await forgot(email)
  world.clock.advance(3_599_999)
  expect(await codeOf(reset(newer))).toBe('ok')
  expect(await codeOf(reset(old))).toBe('invalid_token')
  const late = await forgot(email)
  world.clock.advance(3_600_000)
  expect(await codeOf(reset(late))).toBe('invalid_token')
})

test('ASVS 6.4.3: the link is one factor: with TOTP on, the new password alone signs nobody in', async () => {
  const { email, secret } = await world.personWithTotp()
  // Beside TOTP eight characters are enough.
  expect(await codeOf(reset(await forgot(email), 'tr7!pQx9'))).toBe('ok')
  expect(await codeOf(world.signIn(email, 'tr7!pQx9'))).toBe('totp_required')
  world.clock.advance(30_000)
  const login = { email, password: 'tr7!pQx9', totp: await world.code(secret), userAgent: '' }
  expect(await codeOf(signIn(world.stranger(), login))).toBe('ok')
})

test('ASVS 6.2.1: a bad password is refused and leaves the link good', async () => {
  const { email } = await world.person()
  const token = await forgot(email)
  for (const bad of ['tr7!pQx9', 'password1234567!', 'Verma-Advisory-2026', 'aaaaaaaaaaaaaaaaaaaa']) {
    expect(await codeOf(reset(token, bad)), bad).toBe('password_refused')
  }
  expect(await codeOf(reset(token))).toBe('ok')
})

test('the token stands nowhere but in the mail', async () => {
  const { email, userId } = await world.person()
  const token = await forgot(email)
  const isReset = and(eq(schema.emailTokens.userId, userId), eq(schema.emailTokens.purpose, 'reset'))
  const rows = await world.db.read.select().from(schema.emailTokens).where(isReset)
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain(token)
  expect(rows[0]?.tokenHash.toString('base64url')).not.toBe(token)
})

test('ASVS 6.4.3: whoever asks hears the same about known and unknown addresses; only the known get mail', async () => {
  const [known, suspended] = [await world.person(), await world.person()]
  await world.db.read.update(schema.users).set({ status: 'suspended' }).where(eq(schema.users.id, suspended.userId))
  const before = world.outbox.length
  const emails = [known.email, suspended.email, 'nobody@example.test']
  const answers = await Promise.all(emails.map((email) => requestPasswordReset(world.stranger(), { email })))
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"mail":"sent"}']))
  await world.deliverMail()
  expect(world.outbox.slice(before).map(({ to }) => to)).toEqual([known.email])
})

test('whoever forgot the password before confirming the address gets the confirmation again', async () => {
  const { email } = await world.register()
  await forgot(email)
  expect(world.outbox.findLast(({ to }) => to === email)?.text).toContain('/verify-email?token=')
})

test('a token of one purpose is worth nothing for another', async () => {
  const { email } = await world.register()
  await world.deliverMail()
  expect(await codeOf(reset(world.tokenFor(email)))).toBe('invalid_token')
})

test('somebody who floods a mailbox is stopped, for one address whether known or not', async () => {
  for (const email of [(await world.person()).email, 'nobody-here@example.test']) {
    world.clock.advance(120_000)
    const codes = []
    for (let at = 0; at < 5; at++) codes.push(await codeOf(requestPasswordReset(world.stranger(), { email })))
    expect(codes).toEqual(['ok', 'ok', 'ok', 'rate_limited', 'rate_limited'])
  }
})

test('security.md 17: who asks for mails to many addresses from one place is stopped, and others are not', async () => {
  world.clock.advance(120_000)
  const ask = (at: number, ip: string) =>
    requestPasswordReset(world.stranger(ip), { email: `many-${at}@example.test` }).then(
      () => 'sent',
      ({ code }: { code: string }) => code,
    )
  const answers: string[] = []
  for (let at = 0; at < 31; at++) answers.push(await ask(at, `2001:db8:9:9::${at}`))
  expect(answers).toEqual([...Array(30).fill('sent'), 'rate_limited'])
  expect(await ask(99, '2001:db8:9:a::1')).toBe('sent')
})
