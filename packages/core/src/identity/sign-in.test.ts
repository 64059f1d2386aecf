import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { AppError } from '../platform/errors.ts'
import { getProfile, refreshTokens, signIn, signOut } from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()

test('a person registers, confirms the address, signs in, sees the firm, refreshes and signs out', async () => {
  const { email, userId, advisorId } = await world.person()
  const { view, sessionSecret } = await world.signIn(email)
  expect(view).toMatchObject({
    expiresIn: 300,
    user: { id: userId, email, fullName: 'Asha Verma', role: 'advisor' },
    advisor: { id: advisorId, displayName: 'Verma Advisory', tier: 'basic' },
  })
  const byToken = await world.whoIs({ accessToken: view.accessToken })
  expect(byToken).toMatchObject({ actor: { userId, role: 'advisor', memberRole: 'owner' }, advisorId, tier: 'basic' })
  expect(await world.whoIs({ sessionSecret })).toEqual(byToken)
  const ctx = await world.as(view.accessToken)
  expect(await getProfile(ctx, {})).toMatchObject({
    profile: { advisorId, user: { email, memberRole: 'owner' }, licences: [{ type: 'MFD', state: 'claimed' }] },
    complianceScore: null,
    lastActive: world.clock.now().toISOString(),
  })
  const next = await refreshTokens(world.stranger(), { refreshToken: view.refreshToken })
  expect((await world.whoIs({ accessToken: next.accessToken })).actor).toEqual(byToken.actor)
  expect(await signOut(ctx, {})).toEqual({ done: true })
  await expect(world.whoIs({ accessToken: next.accessToken })).rejects.toMatchObject({ code: 'session_ended' })
  await expect(world.whoIs({ sessionSecret })).rejects.toMatchObject({ code: 'session_ended' })
  await expect(refreshTokens(world.stranger(), { refreshToken: next.refreshToken })).rejects.toMatchObject({
    code: 'session_ended',
  })
  expect(await world.auditActions(byToken.actor.sessionId)).toEqual([
    'session.started',
    'session.refreshed',
    'session.ended',
  ])
})

test('nothing personal stands readable in the table of users', async () => {
  const { email, userId } = await world.person()
  const [row] = await world.db.read.select().from(schema.users).where(eq(schema.users.id, userId))
  const seen = JSON.stringify(row) + Buffer.concat([row?.email, row?.fullName] as Buffer[]).toString('latin1')
  expect(seen).not.toContain(email)
  expect(seen).not.toContain('Asha')
  expect(row?.passwordHash).toMatch(/^\$2[by]\$04\$/)
})

test('ASVS 6.3.8: unknown, mistyped and suspended get one answer; the right password of an unconfirmed account gets another', async () => {
  const [known, suspended, unconfirmed] = [await world.person(), await world.person(), await world.register()]
  await world.db.read.update(schema.users).set({ status: 'suspended' }).where(eq(schema.users.id, suspended.userId))
  const answerTo = (email: string, password = PASSWORD) =>
    world.signIn(email, password).then(
      () => 'signed in',
      ({ code, publicMessage }: AppError) => ({ code, publicMessage }),
    )
  const unknown = await answerTo('nobody@example.test')
  expect(unknown).toMatchObject({ code: 'invalid_credentials' })
  expect(await answerTo(known.email, `${PASSWORD}x`)).toEqual(unknown)
  expect(await answerTo(suspended.email)).toEqual(unknown)
  expect(await answerTo(unconfirmed.email, `${PASSWORD}x`)).toEqual(unknown)
  expect(await answerTo(unconfirmed.email)).toMatchObject({ code: 'email_unverified' })
})

test('a refused sign-in stands in the log of the account, and no address does', async () => {
  const { email, userId, advisorId } = await world.person()
  await expect(world.signIn(email, 'wrong')).rejects.toMatchObject({ code: 'invalid_credentials' })
  await expect(world.signIn('stranger@example.test', 'wrong')).rejects.toMatchObject({ code: 'invalid_credentials' })
  expect(await world.auditActions(userId)).toContain('sign_in.refused')
  const entries = await world.db.read
    .select()
    .from(schema.auditEntries)
    .where(eq(schema.auditEntries.action, 'sign_in.refused'))
  expect(entries.find(({ objectId }) => objectId === userId)).toMatchObject({ advisorId, body: { outcome: 'refused' } })
  const all = JSON.stringify(entries, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(all).not.toMatch(/example\.test/)
})

test('ASVS 6.3.1: guessing at one account from one place ends after ten tries a minute; the owner elsewhere still gets in', async () => {
  const { email } = await world.person()
  const guess = () => world.signIn(email, 'wrong').catch(({ code }: AppError) => code)
  const codes = []
  for (let i = 0; i < 11; i++) codes.push(await guess())
  expect(codes.slice(0, 10)).toEqual(Array(10).fill('invalid_credentials'))
  expect(codes[10]).toBe('rate_limited')
  expect(await world.signIn(email).catch(({ code }: AppError) => code)).toBe('rate_limited')
  const elsewhere = { ...world.stranger(), ip: '192.0.2.7' }
  const { view } = await signIn(elsewhere, { email, password: PASSWORD, userAgent: '' })
  expect(view.user.email).toBe(email)
  world.clock.advance(120_000)
  expect((await world.signIn(email)).view.user.email).toBe(email)
})

test('the limit does not tell whether an account exists', async () => {
  const guess = () => world.signIn('nobody-else@example.test', 'wrong').catch(({ code }: AppError) => code)
  const codes = []
  for (let i = 0; i < 11; i++) codes.push(await guess())
  expect(codes).toEqual([...Array(10).fill('invalid_credentials'), 'rate_limited'])
})

test('ASVS 11.4.2: a hash of a lower cost is made anew at the next sign-in', async () => {
  const { email, userId } = await world.person()
  const stored = async () =>
    (await world.db.read.select().from(schema.users).where(eq(schema.users.id, userId)))[0]?.passwordHash
  expect(await stored()).toMatch(/^\$2[aby]\$04\$/)
  // Another process, whose setting is higher.
  const ctx = world.stranger()
  const raised = { ...ctx, keys: { ...ctx.keys }, settings: { ...ctx.settings, passwordCost: 5 } }
  await signIn(raised, { email, password: PASSWORD, userAgent: '' })
  const anew = await stored()
  expect(anew).toMatch(/^\$2[aby]\$05\$/)
  await signIn(raised, { email, password: PASSWORD, userAgent: '' })
  expect(await stored()).toBe(anew)
})

test('a sign-in with credentials that change meanwhile comes to nothing and leaves no session', async () => {
  const { email, userId } = await world.person()
  const ctx = world.stranger()
  const sessions = {
    ...ctx.sessions,
    create: async (...args: Parameters<typeof ctx.sessions.create>) => {
      const made = await ctx.sessions.create(...args)
      await world.db.read.update(schema.users).set({ credentialVersion: 2 }).where(eq(schema.users.id, userId))
      return made
    },
  }
  await expect(signIn({ ...ctx, sessions }, { email, password: PASSWORD, userAgent: '' })).rejects.toMatchObject({
    code: 'invalid_credentials',
  })
  expect(await world.sessions.list(userId)).toEqual([])
  expect(await world.db.read.$count(schema.refreshTokens, eq(schema.refreshTokens.userId, userId))).toBe(0)
})
