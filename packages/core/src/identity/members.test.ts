import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Ctx } from '../platform/context.ts'
import { addMember, listMembers, refreshTokens, removeMember, verifyEmail } from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const { members, users } = schema

async function firm() {
  const owner = await world.person()
  const { view } = await world.signIn(owner.email)
  return { ...owner, ctx: await world.as(view.accessToken) }
}
let count = 0
const newcomer = () => ({ email: `ravi-${count++}@example.test`, fullName: 'Ravi Menon', password: PASSWORD })

/** Adds somebody who then confirms the address. */
async function join(ctx: Ctx) {
  const person = newcomer()
  const { userId } = await addMember(ctx, person)
  await world.deliverMail()
  await verifyEmail(world.stranger(), { token: world.tokenFor(person.email) })
  return { ...person, userId }
}

test('an added member signs in after confirming the address, sees the firm, and decides nothing for it', async () => {
  const { ctx, advisorId, email: ownerEmail } = await firm()
  const person = newcomer()
  const view = await addMember(ctx, person)
  expect(view).toMatchObject({ email: person.email, fullName: 'Ravi Menon', role: 'member' })
  await expect(world.signIn(person.email)).rejects.toMatchObject({ code: 'email_unverified' })
  await world.deliverMail()
  await verifyEmail(world.stranger(), { token: world.tokenFor(person.email) })
  const { view: signedIn } = await world.signIn(person.email)
  expect(signedIn.advisor?.id).toBe(advisorId)
  const asMember = await world.as(signedIn.accessToken)
  const { items } = await listMembers(asMember, {})
  expect(items.map(({ email, role }) => [email, role])).toEqual([
    [ownerEmail, 'owner'],
    [person.email, 'member'],
  ])
  await expect(addMember(asMember, newcomer())).rejects.toMatchObject({ code: 'forbidden' })
  await expect(removeMember(asMember, { userId: ctx.newId() })).rejects.toMatchObject({ code: 'forbidden' })
  expect(await world.auditActions(view.userId)).toContain('member.added')
})

test('an address that has an account, here or elsewhere, cannot be added, and nothing of it changes', async () => {
  const { ctx, email: ownerEmail } = await firm()
  const elsewhere = await world.person()
  for (const email of [ownerEmail, elsewhere.email]) {
    const before = await world.db.read.$count(members)
    await expect(addMember(ctx, { ...newcomer(), email })).rejects.toMatchObject({ code: 'conflict' })
    expect(await world.db.read.$count(members)).toBe(before)
  }
  expect((await world.signIn(elsewhere.email)).view.advisor?.id).toBe(elsewhere.advisorId)
})

test('a removed member is out at once, everywhere', async () => {
  const { ctx } = await firm()
  const ravi = await join(ctx)
  const { view } = await world.signIn(ravi.email)
  expect(await removeMember(ctx, { userId: ravi.userId })).toEqual({ done: true })
  await expect(world.whoIs({ accessToken: view.accessToken })).rejects.toMatchObject({ code: 'session_ended' })
  await expect(refreshTokens(world.stranger(), { refreshToken: view.refreshToken })).rejects.toMatchObject({
    code: 'session_ended',
  })
  await expect(world.signIn(ravi.email)).rejects.toMatchObject({ code: 'invalid_credentials' })
  await expect(removeMember(ctx, { userId: ravi.userId })).rejects.toMatchObject({ code: 'not_found' })
  expect(await world.auditActions(ravi.userId)).toContain('member.removed')
})

test('somebody who was removed can be added again, here or elsewhere, and confirms the address anew', async () => {
  const [first, second] = [await firm(), await firm()]
  const ravi = await join(first.ctx)
  await removeMember(first.ctx, { userId: ravi.userId })
  const password = 'Another-long-password-4411'
  const again = await addMember(second.ctx, { email: ravi.email, fullName: 'Ravi K. Menon', password })
  expect(again).toMatchObject({ userId: ravi.userId, fullName: 'Ravi K. Menon' })
  await expect(world.signIn(ravi.email, password)).rejects.toMatchObject({ code: 'email_unverified' })
  await world.deliverMail()
  await verifyEmail(world.stranger(), { token: world.tokenFor(ravi.email) })
  await expect(world.signIn(ravi.email)).rejects.toMatchObject({ code: 'invalid_credentials' })
  const { view } = await world.signIn(ravi.email, password)
  expect(view).toMatchObject({ user: { fullName: 'Ravi K. Menon' }, advisor: { id: second.advisorId } })
})

test('the last owner cannot be removed', async () => {
  const { ctx, userId } = await firm()
  await expect(removeMember(ctx, { userId })).rejects.toMatchObject({ code: 'invalid_state' })
  await join(ctx)
  await expect(removeMember(ctx, { userId })).rejects.toMatchObject({ code: 'invalid_state' })
})

test('of two owners who remove each other at once one stays', async () => {
  for (let round = 0; round < 10; round++) {
    const { ctx, userId, advisorId } = await firm()
    const ravi = await join(ctx)
    await world.db.read.update(members).set({ role: 'owner' }).where(eq(members.userId, ravi.userId))
    const { view } = await world.signIn(ravi.email)
    const asRavi = await world.as(view.accessToken)
    const results = await Promise.allSettled([
      removeMember(ctx, { userId: ravi.userId }),
      removeMember(asRavi, { userId }),
    ])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await world.db.read.$count(members, eq(members.advisorId, advisorId))).toBe(1)
  }
})

test('people of another firm are not found', async () => {
  const [mine, theirs] = [await firm(), await firm()]
  const ravi = await join(theirs.ctx)
  await expect(removeMember(mine.ctx, { userId: ravi.userId })).rejects.toMatchObject({ code: 'not_found' })
  await expect(removeMember(mine.ctx, { userId: theirs.userId })).rejects.toMatchObject({ code: 'not_found' })
  expect((await listMembers(mine.ctx, {})).items).toHaveLength(1)
  const [row] = await world.db.read.select().from(users).where(eq(users.id, ravi.userId))
  expect(row?.status).toBe('active')
})
