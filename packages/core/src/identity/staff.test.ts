import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Ctx } from '../platform/context.ts'
import type { AppError } from '../platform/errors.ts'
import {
  inviteFirstAdmin,
  inviteStaff,
  listStaff,
  refreshTokens,
  requestPasswordReset,
  resetPassword,
  suspendStaff,
} from './index.ts'
import { identityWorld } from './testing.ts'

const world = await identityWorld()
const { users } = schema
const NEW_PASSWORD = 'several unrelated words of their own'
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    ({ code }: AppError) => code,
  )
let count = 0
const newAddress = () => `staff-${count++}@pramaan.test`

/** An administrator who has signed in just now. */
async function admin(): Promise<Ctx> {
  const { email, userId } = await world.person()
  await world.db.read.delete(schema.members).where(eq(schema.members.userId, userId))
  await world.db.read.update(users).set({ role: 'admin' }).where(eq(users.id, userId))
  return world.as((await world.signIn(email)).view.accessToken)
}

async function invited(ctx: Ctx, role: 'reviewer' | 'admin' | 'inspector' = 'reviewer') {
  const email = newAddress()
  const view = await inviteStaff(ctx, { email, fullName: 'Ravi Menon', role })
  await world.deliverMail()
  return { ...view, email }
}

async function arrived(ctx: Ctx, role: 'reviewer' | 'admin' | 'inspector' = 'reviewer') {
  const staff = await invited(ctx, role)
  await resetPassword(world.stranger(), { token: world.tokenFor(staff.email), newPassword: NEW_PASSWORD })
  const { view } = await world.signIn(staff.email, NEW_PASSWORD)
  return { ...staff, ...view }
}

test('an administrator invites staff, who set a password by the mailed link and then have to set up TOTP first', async () => {
  const ctx = await admin()
  const { email, userId, role, state } = await invited(ctx, 'inspector')
  expect([role, state]).toEqual(['inspector', 'invited'])
  expect(world.subjectsTo(email)).toEqual(['You are invited to work with Pramaan'])
  const token = world.tokenFor(email)
  expect(await codeOf(resetPassword(world.stranger(), { token, newPassword: NEW_PASSWORD }))).toBe('ok')
  expect(await codeOf(resetPassword(world.stranger(), { token, newPassword: NEW_PASSWORD }))).toBe('invalid_token')
  const { view } = await world.signIn(email, NEW_PASSWORD)
  expect(view.user).toMatchObject({ id: userId, role: 'inspector', fullName: 'Ravi Menon' })
  expect(view.advisor).toBeNull()
  const who = await world.whoIs({ accessToken: view.accessToken })
  expect([who.enrolOnly, who.advisorId]).toEqual([true, null])
  expect(await world.auditActions(userId)).toEqual(['staff.invited', 'mail.sent', 'password.reset'])
})

test('the link ends after an hour, and whoever missed it asks for another one by themselves', async () => {
  const { email } = await invited(await admin())
  const late = world.tokenFor(email)
  world.clock.advance(3_601_000)
  expect(await codeOf(resetPassword(world.stranger(), { token: late, newPassword: NEW_PASSWORD }))).toBe(
    'invalid_token',
  )
  await requestPasswordReset(world.stranger(), { email })
  await world.deliverMail()
  const token = world.tokenFor(email)
  expect(await codeOf(resetPassword(world.stranger(), { token, newPassword: NEW_PASSWORD }))).toBe('ok')
  expect(await codeOf(world.signIn(email, NEW_PASSWORD))).toBe('ok')
})

test('before the link is used no password signs in, and none is known to anybody', async () => {
  const { email } = await invited(await admin())
  for (const guess of ['-', NEW_PASSWORD]) {
    expect(await codeOf(world.signIn(email, guess))).toBe('invalid_credentials')
  }
})

test('inviting needs a fresh proof, and an address without an account', async () => {
  const ctx = await admin()
  const { email } = await world.person()
  const person = { fullName: 'Asha Verma', role: 'admin' as const }
  expect(await codeOf(inviteStaff(ctx, { ...person, email }))).toBe('conflict')
  const { email: colleague } = await arrived(ctx)
  expect(await codeOf(inviteStaff(ctx, { ...person, email: colleague }))).toBe('conflict')
  world.clock.advance(11 * 60_000)
  expect(await codeOf(inviteStaff(ctx, { ...person, email: newAddress() }))).toBe('step_up_required')
})

test('ASVS 7.4.2, 7.4.5: who is suspended is out at the next request, with every session and refresh token', async () => {
  const ctx = await admin()
  const { userId, email, accessToken, refreshToken } = await arrived(ctx)
  expect(await codeOf(suspendStaff(ctx, { id: userId, reason: 'left us' }))).toBe('ok')
  expect(await codeOf(world.whoIs({ accessToken }))).toBe('session_ended')
  expect(await codeOf(refreshTokens(world.stranger(), { refreshToken }))).toBe('session_ended')
  expect(await codeOf(world.signIn(email, NEW_PASSWORD))).toBe('invalid_credentials')
  expect(await codeOf(suspendStaff(ctx, { id: userId, reason: 'left us' }))).toBe('invalid_state')
  const { items } = await listStaff(ctx, { limit: 100 })
  expect(items.find((one) => one.userId === userId)).toMatchObject({ state: 'suspended', email, role: 'reviewer' })
})

test('who comes back has a new role and nothing of before: no password, no second factor', async () => {
  const ctx = await admin()
  const { userId, email } = await arrived(ctx)
  await world.db.read.update(users).set({ totpConfirmedAt: new Date() }).where(eq(users.id, userId))
  await suspendStaff(ctx, { id: userId, reason: 'on leave' })
  const again = await inviteStaff(ctx, { email, fullName: 'Ravi K. Menon', role: 'inspector' })
  expect(again).toMatchObject({ userId, role: 'inspector', state: 'invited' })
  expect(await codeOf(world.signIn(email, NEW_PASSWORD))).toBe('invalid_credentials')
  await world.deliverMail()
  const password = 'a sentence that is newer still'
  await resetPassword(world.stranger(), { token: world.tokenFor(email), newPassword: password })
  expect((await world.signIn(email, password)).view.user).toMatchObject({
    role: 'inspector',
    fullName: 'Ravi K. Menon',
  })
})

test('people of firms are no staff: they cannot be suspended here, nor shown, and nobody suspends themselves', async () => {
  const ctx = await admin()
  const { userId } = await world.person()
  expect(await codeOf(suspendStaff(ctx, { id: userId, reason: 'x' }))).toBe('not_found')
  const me = ctx.actor.kind === 'user' ? ctx.actor.userId : ''
  expect(await codeOf(suspendStaff(ctx, { id: me, reason: 'x' }))).toBe('invalid_state')
  const { items } = await listStaff(ctx, { limit: 100 })
  expect(items.map((one) => one.userId)).not.toContain(userId)
  expect(items.map((one) => one.userId)).toContain(me)
})

test('of two administrators who suspend each other at once one stays', async () => {
  const [one, other] = [await admin(), await admin()]
  const idOf = ({ actor }: Ctx) => (actor.kind === 'user' ? actor.userId : '')
  const codes = await Promise.all([
    codeOf(suspendStaff(one, { id: idOf(other), reason: 'x' })),
    codeOf(suspendStaff(other, { id: idOf(one), reason: 'x' })),
  ])
  expect(codes.toSorted()).toEqual(['not_found', 'ok'])
})

test('the operator names the first administrator, once', async () => {
  await world.db.read.update(users).set({ status: 'suspended' }).where(eq(users.role, 'admin'))
  const email = newAddress()
  expect(await inviteFirstAdmin(world.ctx(), email)).toBe(true)
  expect(await inviteFirstAdmin(world.ctx(), newAddress())).toBe(false)
  await world.deliverMail()
  await resetPassword(world.stranger(), { token: world.tokenFor(email), newPassword: NEW_PASSWORD })
  expect((await world.signIn(email, NEW_PASSWORD)).view.user.role).toBe('admin')
})
