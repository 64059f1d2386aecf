import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { AppError } from '../platform/errors.ts'
import { endSession, refreshTokens, signOut, signOutEverywhere } from './index.ts'
import { refreshTokenHash } from './refresh-token.ts'
import { identityWorld } from './testing.ts'

const world = await identityWorld()
const { db } = world
const DAY_MS = 24 * 3600 * 1000

const refresh = (refreshToken: string) => refreshTokens(world.stranger(), { refreshToken })
const codeOf = (refreshToken: string) =>
  refresh(refreshToken).then(
    () => 'ok',
    ({ code }: AppError) => code,
  )
const isLive = (accessToken: string) =>
  world.whoIs({ accessToken }).then(
    () => true,
    () => false,
  )
const rowsOf = (userId: string) =>
  db.read.select().from(schema.refreshTokens).where(eq(schema.refreshTokens.userId, userId))

async function signedIn() {
  const person = await world.person()
  const { view, sessionSecret } = await world.signIn(person.email)
  const { actor } = await world.whoIs({ sessionSecret })
  return { ...person, ...view, sessionSecret, handle: actor.sessionId }
}

test('ASVS 10.4.5: each token is good once and brings the next, within the same session', async () => {
  const { userId, handle, ...first } = await signedIn()
  let { refreshToken } = first
  for (let round = 0; round < 4; round++) {
    const next = await refresh(refreshToken)
    expect(next.refreshToken).not.toBe(refreshToken)
    expect(next.expiresIn).toBe(300)
    expect((await world.whoIs({ accessToken: next.accessToken })).actor).toMatchObject({ userId, sessionId: handle })
    refreshToken = next.refreshToken
    world.clock.advance(60_000)
  }
  const rows = await rowsOf(userId)
  expect(rows).toHaveLength(5)
  expect(new Set(rows.map(({ familyId }) => familyId)).size).toBe(1)
  expect(JSON.stringify(rows)).not.toContain(refreshToken)
  expect(rows.map(({ tokenHash }) => tokenHash.toString('hex'))).toContain(
    refreshTokenHash(refreshToken).toString('hex'),
  )
})

test('twenty requests at once with one token get one and the same successor', async () => {
  const { userId, refreshToken } = await signedIn()
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)))
  expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1)
  expect(await rowsOf(userId)).toHaveLength(2)
  expect(await codeOf(answers[0]?.refreshToken ?? '')).toBe('ok')
})

test('an honest second request is answered for ten seconds, and not longer', async () => {
  const { refreshToken } = await signedIn()
  const first = await refresh(refreshToken)
  world.clock.advance(9_999)
  expect((await refresh(refreshToken)).refreshToken).toBe(first.refreshToken)
  world.clock.advance(1)
  expect(await codeOf(refreshToken)).toBe('refresh_reused')
})

test('ASVS 10.4.5: a spent token that comes back ends its family and its session, and the log says so', async () => {
  const { refreshToken, accessToken, sessionSecret, handle } = await signedIn()
  const second = await refresh(refreshToken)
  const third = await refresh(second.refreshToken)
  // The successor was used, so this is a copy even within the ten seconds.
  expect(await codeOf(refreshToken)).toBe('refresh_reused')
  expect(await codeOf(third.refreshToken)).toBe('session_ended')
  expect(await codeOf(second.refreshToken)).toBe('refresh_reused')
  for (const token of [accessToken, second.accessToken, third.accessToken]) expect(await isLive(token)).toBe(false)
  await expect(world.whoIs({ sessionSecret })).rejects.toMatchObject({ code: 'session_ended' })
  expect(await world.auditActions(handle)).toContain('refresh_token.reused')
})

test('the theft of one sign-in leaves the others of the person alone', async () => {
  const stolen = await signedIn()
  const { view: other } = await world.signIn(stolen.email)
  const next = await refresh(stolen.refreshToken)
  await refresh(next.refreshToken)
  expect(await codeOf(stolen.refreshToken)).toBe('refresh_reused')
  expect(await isLive(other.accessToken)).toBe(true)
  expect(await codeOf(other.refreshToken)).toBe('ok')
})

test('ASVS 10.4.8: a family ends thirty days after the sign-in, however often it was used, and earlier when nobody uses it', async () => {
  const busy = await signedIn()
  const idle = await signedIn()
  let { refreshToken } = busy
  for (let week = 0; week < 3; week++) {
    world.clock.advance(9 * DAY_MS)
    refreshToken = (await refresh(refreshToken)).refreshToken
    if (week === 1) expect(await codeOf(idle.refreshToken)).toBe('refresh_expired')
  }
  world.clock.advance(3 * DAY_MS - 1)
  refreshToken = (await refresh(refreshToken)).refreshToken
  world.clock.advance(1)
  expect(await codeOf(refreshToken)).toBe('refresh_expired')
})

test.each(['x'.repeat(43), 'x'.repeat(200), '\u0000'.repeat(30), "' or 1=1 -- ........"])(
  'a token that we never made (%j) is refused',
  async (token) => {
    expect(await codeOf(token)).toBe('refresh_expired')
  },
)

test('ASVS 9.2.2: a refresh token is no access token and no session, and neither of those refreshes', async () => {
  const { refreshToken, accessToken, sessionSecret } = await signedIn()
  await expect(world.whoIs({ accessToken: refreshToken })).rejects.toMatchObject({ code: 'unauthenticated' })
  await expect(world.whoIs({ sessionSecret: refreshToken })).rejects.toMatchObject({ code: 'session_ended' })
  expect(await codeOf(sessionSecret)).toBe('refresh_expired')
  await expect(refresh(accessToken)).rejects.toThrow()
})

test('when Redis has lost everything, people go on by their refresh token, and twenty at once get one session', async () => {
  const { userId, refreshToken, accessToken, handle } = await signedIn()
  await world.sessions.endAll(userId)
  expect(await isLive(accessToken)).toBe(false)
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)))
  expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1)
  const actors = await Promise.all(answers.map((answer) => world.whoIs({ accessToken: answer.accessToken })))
  const [session, ...others] = new Set(actors.map(({ actor }) => actor.sessionId))
  expect(others).toEqual([])
  expect(session).not.toBe(handle)
  expect((await world.sessions.list(userId)).map((live) => live.handle)).toEqual([session])
  expect(await codeOf(answers[0]?.refreshToken ?? '')).toBe('ok')
})

test('ASVS 7.4.1: signing out ends the refresh tokens too: nothing brings the session back', async () => {
  const { refreshToken, accessToken } = await signedIn()
  const next = await refresh(refreshToken)
  await signOut(await world.as(accessToken), {})
  expect(await codeOf(next.refreshToken)).toBe('session_ended')
  expect(await isLive(next.accessToken)).toBe(false)
})

test('signing out while a refresh is under way leaves no good token behind', async () => {
  for (let round = 0; round < 15; round++) {
    const { userId, refreshToken, accessToken } = await signedIn()
    const ctx = await world.as(accessToken)
    await Promise.allSettled([refresh(refreshToken), signOut(ctx, {}), refresh(refreshToken)])
    const good = (await rowsOf(userId)).filter(({ revokedAt }) => revokedAt === null)
    expect(good).toEqual([])
  }
})

test('signing out everywhere ends every sign-in of the person, and nobody else’s', async () => {
  const [asha, other] = [await signedIn(), await signedIn()]
  const { view: second } = await world.signIn(asha.email)
  await signOutEverywhere(await world.as(asha.accessToken), {})
  for (const token of [asha.accessToken, second.accessToken]) expect(await isLive(token)).toBe(false)
  for (const token of [asha.refreshToken, second.refreshToken]) expect(await codeOf(token)).toBe('session_ended')
  expect(await isLive(other.accessToken)).toBe(true)
  expect((await world.signIn(asha.email)).view.user.email).toBe(asha.email)
})

test('ASVS 7.5.2, 10.4.9: one’s own session can be ended from the list, another’s is not found', async () => {
  const [asha, other] = [await signedIn(), await signedIn()]
  const { view: second, sessionSecret } = await world.signIn(asha.email)
  const ctx = await world.as(second.accessToken)
  await expect(endSession(ctx, { id: other.handle })).rejects.toMatchObject({ code: 'not_found' })
  expect(await isLive(other.accessToken)).toBe(true)
  expect(await endSession(ctx, { id: asha.handle })).toEqual({ done: true })
  expect(await isLive(asha.accessToken)).toBe(false)
  expect(await codeOf(asha.refreshToken)).toBe('session_ended')
  await expect(endSession(ctx, { id: asha.handle })).rejects.toMatchObject({ code: 'not_found' })
  expect(await world.whoIs({ sessionSecret })).toMatchObject({ actor: { userId: asha.userId } })
})

test('ASVS 7.4.2: somebody suspended refreshes nothing', async () => {
  const { userId, refreshToken } = await signedIn()
  await db.read.update(schema.users).set({ status: 'suspended' }).where(eq(schema.users.id, userId))
  expect(await codeOf(refreshToken)).toBe('session_ended')
})

test('a theft that is noticed while Redis does not answer still ends the session', async () => {
  const { refreshToken, accessToken } = await signedIn()
  const next = await refresh(refreshToken)
  const last = await refresh(next.refreshToken)
  const ctx = world.stranger()
  const sessions = { ...ctx.sessions, end: () => Promise.reject(new Error('Connection is closed.')) }
  await expect(refreshTokens({ ...ctx, sessions }, { refreshToken })).rejects.toMatchObject({ code: 'refresh_reused' })
  for (const token of [accessToken, last.accessToken]) expect(await isLive(token)).toBe(false)
  expect(await codeOf(last.refreshToken)).toBe('session_ended')
})

test('a sign-out that Redis did not answer says so, can be said again, and is never undone by a refresh token', async () => {
  const { refreshToken, accessToken } = await signedIn()
  const ctx = await world.as(accessToken)
  const sessions = { ...ctx.sessions, end: () => Promise.reject(new Error('Connection is closed.')) }
  await expect(signOut({ ...ctx, sessions }, {})).rejects.toThrow('Connection is closed.')
  expect(await codeOf(refreshToken)).toBe('session_ended')
  expect(await signOut(ctx, {})).toEqual({ done: true })
  expect(await isLive(accessToken)).toBe(false)
})

test('signing out everywhere holds from its commit on, whether Redis answers or not', async () => {
  const { refreshToken, accessToken, sessionSecret } = await signedIn()
  const ctx = await world.as(accessToken)
  const sessions = { ...ctx.sessions, endAll: () => Promise.reject(new Error('Connection is closed.')) }
  expect(await signOutEverywhere({ ...ctx, sessions }, {})).toEqual({ done: true })
  expect(await isLive(accessToken)).toBe(false)
  await expect(world.whoIs({ sessionSecret })).rejects.toMatchObject({ code: 'session_ended' })
  expect(await codeOf(refreshToken)).toBe('session_ended')
})
