import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { AppError } from '../platform/errors.ts'
import {
  authenticate,
  changePassword,
  confirmTotp,
  disableTotp,
  enrollTotp,
  refreshTokens,
  seedDemo,
  signIn,
  stepUp,
} from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    ({ code }: AppError) => code,
  )
const login = (email: string, totp?: string, ip?: string) =>
  signIn(world.stranger(ip), { email, password: PASSWORD, userAgent: '', ...(totp === undefined ? {} : { totp }) })
const nextStep = () => world.clock.advance(30_000)

test('ASVS 7.2.4: turning TOTP on: a secret, a first code, recovery codes, a new session id; other sign-ins end', async () => {
  const { email, userId } = await world.person()
  const [mine, other] = [await world.signIn(email), await world.signIn(email)]
  const ctx = await world.as(mine.view.accessToken)
  const { secret, uri } = await enrollTotp(ctx, {})
  expect(uri).toContain(`secret=${secret}`)
  // Nothing asks for it before it was confirmed.
  expect(await codeOf(world.signIn(email))).toBe('ok')
  expect(await codeOf(confirmTotp(ctx, { code: '000000' }))).toBe('invalid_credentials')
  const confirmed = await confirmTotp(ctx, { code: await world.code(secret) })
  expect(confirmed.recoveryCodes).toHaveLength(10)
  expect(await codeOf(world.whoIs({ accessToken: other.view.accessToken }))).toBe('session_ended')
  const ended = refreshTokens(world.stranger(), { refreshToken: other.view.refreshToken })
  expect(await codeOf(ended)).toBe('session_ended')
  expect(await codeOf(world.whoIs({ sessionSecret: mine.sessionSecret }))).toBe('session_ended')
  expect(await codeOf(world.whoIs({ sessionSecret: confirmed.sessionSecret }))).toBe('ok')
  expect(await codeOf(world.whoIs({ accessToken: mine.view.accessToken }))).toBe('ok')
  const next = await refreshTokens(world.stranger(), { refreshToken: mine.view.refreshToken })
  expect(await codeOf(world.whoIs({ accessToken: next.accessToken }))).toBe('ok')
  expect(await codeOf(enrollTotp(ctx, {}))).toBe('invalid_state')
  await world.deliverMail()
  expect(world.subjectsTo(email)).toContain('A second factor was turned on')
  expect(await world.auditActions(userId)).toEqual(
    expect.arrayContaining(['totp.enrolment_begun', 'totp_confirmation.refused', 'totp.enabled']),
  )
})

test('ASVS 6.3.3: signing in needs the code then; the password alone, a wrong and a used code do not do', async () => {
  const { email, secret } = await world.personWithTotp()
  expect(await codeOf(login(email))).toBe('totp_required')
  expect(await codeOf(login(email, await world.code(secret)))).toBe('invalid_credentials')
  nextStep()
  expect(await codeOf(login(email, '000000'))).toBe('invalid_credentials')
  const wrong = signIn(world.stranger(), { email, password: 'wrong', totp: await world.code(secret), userAgent: '' })
  expect(await codeOf(wrong)).toBe('invalid_credentials')
  expect(await codeOf(login(email, await world.code(secret)))).toBe('ok')
  expect(await codeOf(login(email, await world.code(secret)))).toBe('invalid_credentials')
})

test('ASVS 6.5.1: of 50 sign-ins at once with the code of one step exactly one gets in', async () => {
  const { email, secret, userId } = await world.personWithTotp()
  const before = (await world.sessions.list(userId)).length
  nextStep()
  const code = await world.code(secret)
  const codes = await Promise.all(Array.from({ length: 50 }, (_, at) => codeOf(login(email, code, `198.51.100.${at}`))))
  expect(codes.filter((one) => one === 'ok')).toHaveLength(1)
  expect(codes.filter((one) => one === 'invalid_credentials')).toHaveLength(49)
  expect(await world.sessions.list(userId)).toHaveLength(before + 1)
})

test('an older step is worth nothing once a newer one was used', async () => {
  const { email, secret } = await world.personWithTotp()
  nextStep()
  nextStep()
  const older = await world.code(secret, -1)
  expect(await codeOf(login(email, await world.code(secret)))).toBe('ok')
  expect(await codeOf(login(email, older))).toBe('invalid_credentials')
})

test('a recovery code stands in for a code, once, however it is typed, and the owner hears of it', async () => {
  const { email, recoveryCodes } = await world.personWithTotp()
  const [first = '', second = ''] = recoveryCodes
  expect(await codeOf(login(email, first))).toBe('ok')
  expect(await codeOf(login(email, first))).toBe('invalid_credentials')
  expect(await codeOf(login(email, second.toLowerCase().replaceAll('-', ' ')))).toBe('ok')
  await world.deliverMail()
  expect(world.subjectsTo(email)).toContain('A recovery code was used')
})

test('ASVS 6.5.1: of 50 sign-ins at once with one recovery code exactly one gets in', async () => {
  const { email, recoveryCodes } = await world.personWithTotp()
  const [code = ''] = recoveryCodes
  const codes = await Promise.all(Array.from({ length: 50 }, (_, at) => codeOf(login(email, code, `198.51.100.${at}`))))
  expect(codes.filter((one) => one === 'ok')).toHaveLength(1)
  expect(codes.filter((one) => one === 'invalid_credentials')).toHaveLength(49)
})

test('the recovery code of one person is worth nothing for another', async () => {
  const [asha, ravi] = [await world.personWithTotp(), await world.personWithTotp()]
  expect(await codeOf(login(ravi.email, asha.recoveryCodes[0]))).toBe('invalid_credentials')
})

test('ASVS 6.5.2: neither the secret nor a recovery code can be read in the database', async () => {
  const { userId, secret, recoveryCodes } = await world.personWithTotp()
  const [user] = await world.db.read.select().from(schema.users).where(eq(schema.users.id, userId))
  const codes = await world.db.read.select().from(schema.recoveryCodes).where(eq(schema.recoveryCodes.userId, userId))
  const stored = Buffer.concat([user?.totpSecret ?? Buffer.alloc(0), ...codes.map(({ codeHash }) => codeHash)])
  expect(stored.toString('latin1')).not.toContain(secret)
  for (const code of recoveryCodes) expect(stored.toString('latin1')).not.toContain(code.replaceAll('-', ''))
})

test('ASVS 7.5.1: turning TOTP off needs password and code, and ends what was signed in with it elsewhere', async () => {
  const { email, userId, secret, accessToken, recoveryCodes } = await world.personWithTotp()
  nextStep()
  const other = await login(email, await world.code(secret))
  const ctx = await world.as(accessToken)
  nextStep()
  const code = await world.code(secret)
  expect(await codeOf(disableTotp(ctx, { password: 'wrong', code }))).toBe('invalid_credentials')
  expect(await codeOf(disableTotp(ctx, { password: PASSWORD, code: '000000' }))).toBe('invalid_credentials')
  expect(await codeOf(disableTotp(ctx, { password: PASSWORD, code }))).toBe('ok')
  expect(await codeOf(disableTotp(ctx, { password: PASSWORD, code }))).toBe('invalid_state')
  expect(await codeOf(world.whoIs({ accessToken: other.view.accessToken }))).toBe('session_ended')
  expect(await codeOf(login(email))).toBe('ok')
  expect(await world.db.read.$count(schema.recoveryCodes, eq(schema.recoveryCodes.userId, userId))).toBe(0)
  expect(await codeOf(login(email, recoveryCodes[0]))).toBe('ok')
  await world.deliverMail()
  expect(world.subjectsTo(email)).toContain('The second factor was turned off')
})

test('a password that is only good beside TOTP must grow before TOTP goes', async () => {
  const { secret, accessToken } = await world.personWithTotp()
  const ctx = await world.as(accessToken)
  const changed = await changePassword(ctx, { currentPassword: PASSWORD, newPassword: 'tr7!pQx9' })
  nextStep()
  const after = await world.as(changed.accessToken)
  const off = disableTotp(after, { password: 'tr7!pQx9', code: await world.code(secret) })
  expect(await codeOf(off)).toBe('password_refused')
})

test('a code steps up too, and is used up by that', async () => {
  const { email, secret, accessToken } = await world.personWithTotp()
  const ctx = await world.as(accessToken)
  nextStep()
  const totp = await world.code(secret)
  expect(await codeOf(stepUp(ctx, { totp }))).toBe('ok')
  expect(await codeOf(login(email, totp))).toBe('invalid_credentials')
})

test('ASVS 6.4.1: an enrolment that nobody confirmed within a quarter of an hour is over', async () => {
  const { email } = await world.person()
  const ctx = await world.as((await world.signIn(email)).view.accessToken)
  const { secret } = await enrollTotp(ctx, {})
  world.clock.advance(15 * 60_000)
  const code = await world.code(secret)
  expect(await codeOf(confirmTotp(ctx, { code }))).toBe('invalid_state')
})

test('ASVS 6.3.3: staff without TOTP may only set it up; with it they may work', async () => {
  for (const role of ['reviewer', 'admin', 'inspector'] as const) {
    const { email, userId } = await world.person()
    await world.db.read.update(schema.users).set({ role }).where(eq(schema.users.id, userId))
    const { accessToken, ...first } = (await world.signIn(email)).view
    expect((await world.whoIs({ accessToken })).enrolOnly).toBe(true)
    const ctx = await world.as(accessToken)
    const { secret } = await enrollTotp(ctx, {})
    expect((await world.whoIs({ accessToken })).enrolOnly).toBe(true)
    const refreshed = await refreshTokens(world.stranger(), { refreshToken: first.refreshToken })
    expect((await world.whoIs({ accessToken: refreshed.accessToken })).enrolOnly).toBe(true)
    const confirmed = await confirmTotp(ctx, { code: await world.code(secret) })
    expect((await world.whoIs({ accessToken: confirmed.accessToken })).enrolOnly).toBe(false)
  }
})

test('advisors may do without it', async () => {
  const { email } = await world.person()
  const { accessToken } = (await world.signIn(email)).view
  expect((await world.whoIs({ accessToken })).enrolOnly).toBe(false)
})

test('ASVS 6.3.2: the waiver of the demo logins holds in embedded mode alone', async () => {
  await seedDemo(world.ctx())
  const password = 'demo-Pramaan-2026'
  const { accessToken } = (await world.signIn('reviewer@demo.pramaan.test', password)).view
  expect((await world.whoIs({ accessToken })).enrolOnly).toBe(false)
  const ctx = world.ctx()
  const outside = { ...ctx, settings: { ...ctx.settings, embedded: false } }
  expect((await authenticate(outside, { accessToken })).enrolOnly).toBe(true)
})
