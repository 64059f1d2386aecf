import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  getOnboarding,
  getPreferences,
  getProfile,
  listSessions,
  seedDemo,
  setPreferences,
  sweepIdentity,
  updateProfile,
} from './index.ts'
import { identityWorld } from './testing.ts'

const world = await identityWorld()
const { db } = world

async function owner() {
  const person = await world.person()
  const { view } = await world.signIn(person.email)
  return { ...person, ctx: await world.as(view.accessToken) }
}

test('the owner renames the firm; the same name again changes nothing', async () => {
  const { ctx, advisorId } = await owner()
  expect((await updateProfile(ctx, { displayName: 'Verma & Daughters' })).profile.displayName).toBe('Verma & Daughters')
  await updateProfile(ctx, { displayName: 'Verma & Daughters' })
  expect((await getProfile(ctx, {})).profile.displayName).toBe('Verma & Daughters')
  const updates = (await world.auditActions(advisorId)).filter((action) => action === 'advisor.updated')
  expect(updates).toHaveLength(1)
})

test('the profile shows the compliance score where there is one', async () => {
  const { ctx, advisorId } = await owner()
  expect((await getProfile(ctx, {})).complianceScore).toBeNull()
  const standing = { advisorId, score: 87, verdictCount: 3, updatedAt: world.clock.now() }
  await db.read.insert(schema.complianceStandings).values(standing)
  expect((await getProfile(ctx, {})).complianceScore).toBe(87)
})

test('clean text is approved automatically only after the owner said so', async () => {
  const { ctx } = await owner()
  expect(await getPreferences(ctx, {})).toEqual({ autoApproveClean: false, aiReview: false })
  expect(await setPreferences(ctx, { autoApproveClean: true })).toEqual({ autoApproveClean: true, aiReview: false })
  expect(await getPreferences(ctx, {})).toEqual({ autoApproveClean: true, aiReview: false })
})

test('the onboarding follows what was done: address, licence, WhatsApp, preferences', async () => {
  const { ctx, advisorId } = await owner()
  const states = async () => (await getOnboarding(ctx, {})).steps.map(({ id, state }) => `${id} ${state}`)
  expect(await states()).toEqual(['email done', 'licence waiting', 'whatsapp open', 'preferences open'])
  await setPreferences(ctx, { autoApproveClean: false, aiReview: false })
  const setLicence = (state: 'refused' | 'verified') =>
    db.read.update(schema.licences).set({ state }).where(eq(schema.licences.advisorId, advisorId))
  await setLicence('refused')
  expect(await states()).toEqual(['email done', 'licence open', 'whatsapp open', 'preferences done'])
  await setLicence('verified')
  const connections = schema.whatsappConnections
  await db.read.insert(connections).values({
    advisorId,
    id: ctx.newId(),
    wabaId: '1',
    phoneNumberId: '2',
    accessToken: Buffer.of(1),
    pin: Buffer.of(1),
    state: 'connecting',
    step: 'verify_number',
    failure: 'A code was sent.',
    updatedAt: ctx.now(),
  })
  expect(await states()).toEqual(['email done', 'licence done', 'whatsapp waiting', 'preferences done'])
  expect((await getOnboarding(ctx, {})).steps.find(({ id }) => id === 'whatsapp')).toMatchObject({
    at: 'verify_number',
    problem: 'A code was sent.',
  })
  await db.read.update(connections).set({ state: 'connected' }).where(eq(connections.advisorId, advisorId))
  expect(await states()).toEqual(['email done', 'licence done', 'whatsapp done', 'preferences done'])
})

test('a person sees where they are signed in, newest first, and which of them asks', async () => {
  const { ctx, email } = await owner()
  await world.signIn(email)
  const { items } = await listSessions(ctx, {})
  expect(items).toHaveLength(2)
  expect(items.map(({ current }) => current).filter(Boolean)).toHaveLength(1)
  expect(items.every(({ userAgent }) => userAgent === 'test browser')).toBe(true)
  const times = items.map(({ createdAt }) => createdAt)
  expect(times).toEqual([...times].sort().reverse())
})

test('the demo is made once, by whichever process comes first, and all four can sign in', async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => seedDemo(world.ctx())))
  expect(made.filter(Boolean)).toHaveLength(1)
  expect(await seedDemo(world.ctx())).toBe(false)
  const signIn = async (login: string) => (await world.signIn(`${login}@demo.pramaan.test`, 'demo-Pramaan-2026')).view
  const demo = await signIn('owner')
  expect(demo).toMatchObject({ user: { role: 'advisor' }, advisor: { displayName: 'Demo Wealth', tier: 'pro' } })
  for (const role of ['reviewer', 'admin', 'inspector'])
    expect(await signIn(role)).toMatchObject({ user: { role }, advisor: null })
  const ctx = await world.as(demo.accessToken)
  const { profile } = await getProfile(ctx, {})
  expect(profile.licences.map(({ type, state }) => `${type} ${state}`).sort()).toEqual(['IA verified', 'MFD verified'])
  expect(await getPreferences(ctx, {})).toEqual({ autoApproveClean: true, aiReview: true })
  expect(await world.auditActions(profile.advisorId)).toEqual(['demo.seeded'])
})

test('there are no demo logins outside of embedded mode', async () => {
  const ctx = world.ctx()
  const settings = { ...ctx.settings, embedded: false }
  await expect(seedDemo({ ...ctx, settings })).rejects.toThrow('embedded mode only')
})

test('tokens are swept when they can do nothing any more, and not before', async () => {
  const { userId, email } = await owner()
  const refreshRows = () => db.read.$count(schema.refreshTokens, eq(schema.refreshTokens.userId, userId))
  const mailRows = () => db.read.$count(schema.emailTokens, eq(schema.emailTokens.userId, userId))
  await sweepIdentity(world.ctx())
  expect([await refreshRows(), await mailRows()]).toEqual([1, 1])
  world.clock.advance(24 * 3600 * 1000 + 1)
  await sweepIdentity(world.ctx())
  expect([await refreshRows(), await mailRows()]).toEqual([1, 0])
  world.clock.advance(30 * 24 * 3600 * 1000)
  expect((await sweepIdentity(world.ctx())).deleted).toBeGreaterThan(0)
  expect(await refreshRows()).toBe(0)
  expect(await sweepIdentity(world.ctx())).toEqual({ deleted: 0 })
  expect((await world.signIn(email)).view.user.email).toBe(email)
})
