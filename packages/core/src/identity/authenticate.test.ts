import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { authenticate, createAccessTokens, createSessionStore, getProfile } from './index.ts'
import { identityWorld, newJwks, testRedis } from './testing.ts'

const world = await identityWorld()
const { db, sessions, tokens } = world
const { advisors, members, users } = schema

async function signedIn() {
  const person = await world.person()
  const { view, sessionSecret } = await world.signIn(person.email)
  const { actor } = await world.whoIs({ sessionSecret })
  return { ...person, accessToken: view.accessToken, sessionSecret, handle: actor.sessionId }
}
const ended = { code: 'session_ended' }

test('security.md 48: what a person may do is read at every request: role, membership and tier count at once', async () => {
  const { userId, advisorId, accessToken } = await signedIn()
  expect(await world.whoIs({ accessToken })).toMatchObject({ advisorId, tier: 'basic' })
  await db.read.update(advisors).set({ tier: 'pro' }).where(eq(advisors.id, advisorId))
  expect(await world.whoIs({ accessToken })).toMatchObject({ advisorId, tier: 'pro' })
  await db.read.update(members).set({ role: 'member' }).where(eq(members.userId, userId))
  expect((await world.whoIs({ accessToken })).actor.memberRole).toBe('member')
  await db.read.delete(members).where(eq(members.userId, userId))
  expect(await world.whoIs({ accessToken })).toMatchObject({ advisorId: null, tier: null, actor: { memberRole: null } })
  await db.read.update(users).set({ role: 'reviewer' }).where(eq(users.id, userId))
  expect((await world.whoIs({ accessToken })).actor.role).toBe('reviewer')
})

test.each([
  ['suspended', { status: 'suspended' as const }],
  ['unconfirmed again', { status: 'unverified' as const }],
  ['given new credentials', { credentialVersion: 2 }],
])('somebody who was %s is out at once, by token and by cookie', async (_, change) => {
  const { userId, accessToken, sessionSecret } = await signedIn()
  await world.whoIs({ accessToken })
  await db.read.update(users).set(change).where(eq(users.id, userId))
  await expect(world.whoIs({ accessToken })).rejects.toMatchObject(ended)
  await expect(world.whoIs({ sessionSecret })).rejects.toMatchObject(ended)
})

test('the people of a suspended firm can still sign in and read', async () => {
  const { advisorId, accessToken } = await signedIn()
  await db.read.update(advisors).set({ status: 'suspended' }).where(eq(advisors.id, advisorId))
  expect(await getProfile(await world.as(accessToken), {})).toMatchObject({ profile: { status: 'suspended' } })
})

test('ASVS 7.2.1: a token opens nothing with the session of somebody else', async () => {
  const [asha, other] = [await signedIn(), await signedIn()]
  const { accessToken } = await tokens.issue({ userId: asha.userId, sessionId: other.handle })
  await expect(world.whoIs({ accessToken })).rejects.toMatchObject(ended)
})

test('a token is not a cookie, a handle is neither, and a token of another installation is nothing', async () => {
  const { userId, accessToken, handle } = await signedIn()
  await expect(world.whoIs({ sessionSecret: accessToken })).rejects.toMatchObject(ended)
  await expect(world.whoIs({ sessionSecret: handle })).rejects.toMatchObject(ended)
  await expect(world.whoIs({ accessToken: handle })).rejects.toMatchObject({ code: 'unauthenticated' })
  const jwks = newJwks()
  const foreign = await createAccessTokens({ jwks, issuer: 'http://127.0.0.1:8787', now: world.clock.now })
  const forged = await foreign.issue({ userId, sessionId: handle })
  await expect(world.whoIs(forged)).rejects.toMatchObject({ code: 'unauthenticated' })
})

test('an access token ends after five minutes, the cookie does not', async () => {
  const { accessToken, sessionSecret } = await signedIn()
  world.clock.advance(300_000)
  await expect(world.whoIs({ accessToken })).rejects.toMatchObject({ code: 'unauthenticated' })
  await world.whoIs({ sessionSecret })
})

test('when Redis cannot be reached nobody is let in, and it is called an outage', async () => {
  const { accessToken, sessionSecret } = await signedIn()
  const { settings } = world.ctx()
  const { now } = world.clock
  const deps = { db, tokens, settings, now, sessions: createSessionStore({ redis: testRedis('redis://127.0.0.1:1') }) }
  const outage = /max retries|closed|timed out/
  await expect(authenticate(deps, { accessToken })).rejects.toThrow(outage)
  await expect(authenticate(deps, { sessionSecret })).rejects.toThrow(outage)
  await authenticate({ db, tokens, sessions, settings, now }, { accessToken })
})
