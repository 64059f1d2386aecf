import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { AppError } from '../platform/errors.ts'
import {
  changePassword,
  confirmEmailChange,
  enrollTotp,
  listSessions,
  refreshTokens,
  requestEmailChange,
  signIn,
  signOut,
  stepUp,
} from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const NEW_PASSWORD = 'another quite unrelated sentence'
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    ({ code }: AppError) => code,
  )
const isLive = async (accessToken: string) => (await codeOf(world.whoIs({ accessToken }))) === 'ok'

async function signedIn() {
  const person = await world.person()
  const { view, sessionSecret } = await world.signIn(person.email)
  return { ...person, ...view, sessionSecret, ctx: await world.as(view.accessToken) }
}

test('ASVS 6.2.2, 6.2.3: a new password needs the present one, ends every session, and the answer goes on', async () => {
  const { email, userId, ctx, ...first } = await signedIn()
  const other = await world.signIn(email)
  const wrong = changePassword(ctx, { currentPassword: 'not this one', newPassword: NEW_PASSWORD })
  expect(await codeOf(wrong)).toBe('invalid_credentials')
  const answer = await changePassword(ctx, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD })
  for (const token of [first.accessToken, other.view.accessToken]) expect(await isLive(token)).toBe(false)
  for (const secret of [first.sessionSecret, other.sessionSecret]) {
    expect(await codeOf(world.whoIs({ sessionSecret: secret }))).toBe('session_ended')
  }
  for (const refreshToken of [first.refreshToken, other.view.refreshToken]) {
    expect(await codeOf(refreshTokens(world.stranger(), { refreshToken }))).toBe('session_ended')
  }
  expect(await isLive(answer.accessToken)).toBe(true)
  expect(await codeOf(world.whoIs({ sessionSecret: answer.sessionSecret }))).toBe('ok')
  const next = await refreshTokens(world.stranger(), { refreshToken: answer.refreshToken })
  expect(await isLive(next.accessToken)).toBe(true)
  expect(await world.sessions.list(userId)).toHaveLength(1)
  expect(await codeOf(world.signIn(email, PASSWORD))).toBe('invalid_credentials')
  expect(await codeOf(world.signIn(email, NEW_PASSWORD))).toBe('ok')
  await world.deliverMail()
  expect(world.subjectsTo(email)).toContain('Your password was changed')
  expect(await world.auditActions(userId)).toEqual(
    expect.arrayContaining(['password_change.refused', 'password.changed']),
  )
})

test('ASVS 6.2.1: a bad password is refused, and nothing ends', async () => {
  const { ctx, accessToken } = await signedIn()
  for (const newPassword of ['tr7!pQx9', 'Asha-Verma-Advisory-1']) {
    expect(await codeOf(changePassword(ctx, { currentPassword: PASSWORD, newPassword }))).toBe('password_refused')
  }
  expect(await isLive(accessToken)).toBe(true)
})

test('ASVS 6.2.8, 6.2.9: 128 characters are taken, of any script, and verified exactly as typed', async () => {
  const { email, ctx } = await signedIn()
  const long = ` नमस्ते ${'जुहू की शाम, chai aur baarish! '.repeat(5)}`.slice(0, 127).concat(' ')
  expect(long).toHaveLength(128)
  const { accessToken } = await changePassword(ctx, { currentPassword: PASSWORD, newPassword: long })
  expect(await codeOf(world.signIn(email, long))).toBe('ok')
  for (const other of [long.trim(), long.slice(0, -1), long.slice(1), long.toUpperCase()]) {
    expect(await codeOf(world.signIn(email, other))).toBe('invalid_credentials')
  }
  const tooLong = { currentPassword: long, newPassword: `${long}x` }
  await expect(changePassword(await world.as(accessToken), tooLong)).rejects.toThrow('too_big')
})

test('of two changes at once one wins', async () => {
  const { email, ctx } = await signedIn()
  const wanted = ['first unrelated sentence here', 'second unrelated sentence here']
  const codes = await Promise.all(
    wanted.map((newPassword) => codeOf(changePassword(ctx, { currentPassword: PASSWORD, newPassword }))),
  )
  expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
  expect(await codeOf(world.signIn(email, wanted[codes.indexOf('ok')]))).toBe('ok')
})

test('ASVS 6.3.1, 6.6.3: whoever holds a stolen token cannot try out passwords with it', async () => {
  const { ctx } = await signedIn()
  const codes = []
  for (let at = 0; at < 7; at++) codes.push(await codeOf(stepUp(ctx, { password: `guess number ${at}` })))
  expect(codes.slice(0, 5)).toEqual(Array(5).fill('invalid_credentials'))
  expect(codes.slice(5)).toEqual(Array(2).fill('rate_limited'))
})

test('ASVS 7.5.1: ten minutes after the sign-in a step-up is needed, by password or code, and it gives a new session id', async () => {
  const { accessToken, refreshToken, sessionSecret, ctx, userId } = await signedIn()
  world.clock.advance(4 * 60_000)
  const change = async (token: string) =>
    codeOf(requestEmailChange(await world.as(token), { newEmail: `new-${userId}@example.test` }))
  expect(await change(accessToken)).toBe('ok')
  const later = await refreshTokens(world.stranger(), { refreshToken })
  world.clock.advance(6 * 60_000)
  const stale = await refreshTokens(world.stranger(), { refreshToken: later.refreshToken })
  expect(await change(stale.accessToken)).toBe('step_up_required')
  expect(await codeOf(enrollTotp(await world.as(stale.accessToken), {}))).toBe('step_up_required')
  expect(await codeOf(stepUp(ctx, { password: 'not this one' }))).toBe('invalid_credentials')
  expect(await codeOf(stepUp(ctx, { totp: '123456' }))).toBe('invalid_credentials')

  const stepped = await stepUp(await world.as(stale.accessToken), { password: PASSWORD })
  expect(await change(stepped.accessToken)).toBe('ok')
  // The old cookie is dead; the old access token goes on without the step-up; the refresh token stays.
  expect(await codeOf(world.whoIs({ sessionSecret }))).toBe('session_ended')
  expect(await codeOf(world.whoIs({ sessionSecret: stepped.sessionSecret }))).toBe('ok')
  expect(await change(stale.accessToken)).toBe('step_up_required')
  const before = (await world.whoIs({ accessToken: stepped.accessToken })).actor.sessionId
  expect((await world.whoIs({ accessToken: stale.accessToken })).actor.sessionId).toBe(before)
  const next = await refreshTokens(world.stranger(), { refreshToken: stale.refreshToken })
  expect((await world.whoIs({ accessToken: next.accessToken })).actor.sessionId).toBe(before)
  expect(await world.auditActions(before)).toContain('session.stepped_up')
  expect(await world.sessions.list(userId)).toHaveLength(1)

  // Signing out ends them all, the token of before included.
  await signOut(await world.as(next.accessToken), {})
  for (const token of [stale.accessToken, stepped.accessToken, next.accessToken])
    expect(await isLive(token)).toBe(false)
  expect(await codeOf(refreshTokens(world.stranger(), { refreshToken: next.refreshToken }))).toBe('session_ended')
})

test('ASVS 7.4.1: signing out with a token from before the step-up ends the session that took its place', async () => {
  const { accessToken, refreshToken, ctx } = await signedIn()
  const stepped = await stepUp(ctx, { password: PASSWORD })
  await signOut(await world.as(accessToken), {})
  expect(await isLive(stepped.accessToken)).toBe(false)
  expect(await codeOf(refreshTokens(world.stranger(), { refreshToken }))).toBe('session_ended')
})

test('a session that Redis lost and a refresh token brought back is not fresh', async () => {
  const { userId, refreshToken } = await signedIn()
  await world.sessions.endAll(userId)
  const { accessToken } = await refreshTokens(world.stranger(), { refreshToken })
  expect(await codeOf(enrollTotp(await world.as(accessToken), {}))).toBe('step_up_required')
})

test('ASVS 7.3.2: a step-up goes on from the beginning of the session: thirty days stay thirty days', async () => {
  const { ctx, userId } = await signedIn()
  const [before] = await world.sessions.list(userId)
  await stepUp(ctx, { password: PASSWORD })
  const [after] = await world.sessions.list(userId)
  expect(after?.createdAt).toEqual(before?.createdAt)
  expect(after?.handle).not.toBe(before?.handle)
})

test('ASVS 7.5.2: the list of sessions tells device and last use', async () => {
  const { ctx } = await signedIn()
  const { items } = await listSessions(ctx, {})
  expect(items).toEqual([expect.objectContaining({ userAgent: 'test browser', current: true })])
  const [session] = items
  expect(Date.parse(session?.lastUsedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(session?.createdAt ?? ''))
})

test('ASVS 6.4.1: a new address holds once its link is used; the old one hears of it twice, and every session ends', async () => {
  const { email, userId, ctx, accessToken } = await signedIn()
  const newEmail = `new-${userId}@example.test`
  expect(await requestEmailChange(ctx, { newEmail })).toEqual({ mail: 'sent' })
  await world.deliverMail()
  expect(await codeOf(world.signIn(newEmail))).toBe('invalid_credentials')
  expect(world.subjectsTo(email)).toContain('A change of your email address was asked for')
  const token = world.tokenFor(newEmail)
  const codes = await Promise.all(
    Array.from({ length: 50 }, () => codeOf(confirmEmailChange(world.stranger(), { token }))),
  )
  expect(codes.filter((code) => code === 'ok')).toHaveLength(1)
  expect(codes.filter((code) => code === 'invalid_token')).toHaveLength(49)
  expect(await isLive(accessToken)).toBe(false)
  expect(await codeOf(world.signIn(email))).toBe('invalid_credentials')
  expect((await world.signIn(newEmail)).view.user).toMatchObject({
    id: userId,
    email: newEmail,
    fullName: 'Asha Verma',
  })
  await world.deliverMail()
  expect(world.subjectsTo(email)).toContain('Your email address was changed')
  const [row] = await world.db.read.select().from(schema.users).where(eq(schema.users.id, userId))
  expect(row).toMatchObject({ pendingEmail: null, pendingEmailHash: null })
})

test('ASVS 6.6.2: a link to one new address confirms no other', async () => {
  const { userId, ctx } = await signedIn()
  const [first, second] = [`first-${userId}@example.test`, `second-${userId}@example.test`]
  await requestEmailChange(ctx, { newEmail: first })
  await world.deliverMail()
  const token = world.tokenFor(first)
  await requestEmailChange(ctx, { newEmail: second })
  expect(await codeOf(confirmEmailChange(world.stranger(), { token }))).toBe('invalid_token')
  await world.deliverMail()
  expect(await codeOf(confirmEmailChange(world.stranger(), { token: world.tokenFor(second) }))).toBe('ok')
})

test('the address of somebody else is never taken over, and asking for it tells nothing', async () => {
  const [asha, other] = [await signedIn(), await signedIn()]
  expect(await requestEmailChange(asha.ctx, { newEmail: other.email })).toEqual({ mail: 'sent' })
  await world.deliverMail()
  const mail = world.outbox.findLast(({ to }) => to === other.email)
  expect(mail?.subject).toBe('You already have an account')
  expect(mail?.text).not.toContain('token=')
})

test('an address that somebody registers meanwhile stays with them', async () => {
  const { userId, ctx } = await signedIn()
  const newEmail = `wanted-${userId}@example.test`
  await requestEmailChange(ctx, { newEmail })
  await world.deliverMail()
  const token = world.tokenFor(newEmail)
  await world.register(newEmail)
  expect(await codeOf(confirmEmailChange(world.stranger(), { token }))).toBe('invalid_token')
})

test('ASVS 10.4.5: a reused refresh token is told to the owner by mail, once', async () => {
  const { email, refreshToken } = await signedIn()
  const next = await refreshTokens(world.stranger(), { refreshToken })
  await refreshTokens(world.stranger(), { refreshToken: next.refreshToken })
  for (let at = 0; at < 3; at++) {
    expect(await codeOf(refreshTokens(world.stranger(), { refreshToken }))).toBe('refresh_reused')
  }
  await world.deliverMail()
  const notices = world.outbox.filter(({ to, subject }) => to === email && subject === 'A sign-in was ended for safety')
  expect(notices).toHaveLength(1)
  expect(await codeOf(signIn(world.stranger(), { email, password: PASSWORD, userAgent: '' }))).toBe('ok')
})
