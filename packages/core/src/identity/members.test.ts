import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Ctx } from '../platform/context.ts'
import { acceptInvitation, inviteMember, listMembers, refreshTokens, removeMember, setMemberRole } from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const { advisors, members, users } = schema

async function firm() {
  const owner = await world.person()
  const { view } = await world.signIn(owner.email)
  return { ...owner, ctx: await world.as(view.accessToken) }
}
let count = 0
const newAddress = () => `ravi-${count++}@example.test`

/** Invites somebody, who accepts. */
async function join(
  ctx: Ctx,
  { email = newAddress(), fullName = 'Ravi Menon', password = PASSWORD, role = 'member' as 'member' | 'owner' } = {},
) {
  // Each firm sits somewhere else: mails that are asked for from one place are counted.
  await inviteMember({ ...ctx, ip: `10.2.${count >> 8}.${count & 255}` }, { email, role })
  await world.deliverMail()
  const { userId } = await acceptInvitation(world.stranger(), { token: world.tokenFor(email), fullName, password })
  return { email, fullName, userId }
}

test('somebody who accepts an invitation signs in at once, sees the firm, and decides nothing for it', async () => {
  const { ctx, advisorId, email: ownerEmail } = await firm()
  const person = await join(ctx)
  const { view: signedIn } = await world.signIn(person.email)
  expect(signedIn.advisor?.id).toBe(advisorId)
  const asMember = await world.as(signedIn.accessToken)
  const { items } = await listMembers(asMember, {})
  expect(items.map(({ email, role }) => [email, role])).toEqual([
    [ownerEmail, 'owner'],
    [person.email, 'member'],
  ])
  await expect(inviteMember(asMember, { email: newAddress() })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(removeMember(asMember, { userId: ctx.newId() })).rejects.toMatchObject({ code: 'forbidden' })
  const promotion = setMemberRole(asMember, { userId: person.userId, role: 'owner' })
  await expect(promotion).rejects.toMatchObject({ code: 'forbidden' })
  expect(await world.auditActions(person.userId)).toContain('member.added')
})

const seats = async (advisorId: string) => world.db.read.$count(members, eq(members.advisorId, advisorId))
const full = { code: 'plan_limit_reached', publicMessage: expect.stringContaining('5 people') }

test('a plan has so many people, open invitations included, however many are invited or accept at once', async () => {
  const { ctx, advisorId } = await firm()
  const addresses = Array.from({ length: 8 }, newAddress)
  const invite = (email: string, at: number) => inviteMember({ ...ctx, ip: `10.3.0.${at}` }, { email })
  const asked = await Promise.allSettled(addresses.map(invite))
  const invited = addresses.filter((_, at) => asked[at]?.status === 'fulfilled')
  expect(invited).toHaveLength(4)
  for (const one of asked) if (one.status === 'rejected') expect(one.reason).toMatchObject(full)
  await world.deliverMail()
  // The plan of a firm can become smaller than what was promised: one more has an invitation than there are places.
  await world.db.read.update(advisors).set({ tier: 'standard' }).where(eq(advisors.id, advisorId))
  const last = newAddress()
  await inviteMember({ ...ctx, ip: '10.3.1.1' }, { email: last })
  await world.deliverMail()
  await world.db.read.update(advisors).set({ tier: 'basic' }).where(eq(advisors.id, advisorId))
  const all = [...invited, last]
  const accept = (email: string) =>
    acceptInvitation(world.stranger(), { token: world.tokenFor(email), fullName: 'Ravi Menon', password: PASSWORD })
  const joined = await Promise.allSettled(all.map(accept))
  expect(joined.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  expect(joined.find((one) => one.status === 'rejected')).toMatchObject({ reason: full })
  expect(await seats(advisorId)).toBe(5)
  // The link was not used up, and works once there is room.
  const late = all.find((_, at) => joined[at]?.status === 'rejected') ?? ''
  await world.db.read.update(advisors).set({ tier: 'pro' }).where(eq(advisors.id, advisorId))
  await accept(late)
  expect(await seats(advisorId)).toBe(6)
})

test('a smaller plan takes nobody away: those above its limit go on, and only new people are refused', async () => {
  const { ctx, advisorId } = await firm()
  await world.db.read.update(advisors).set({ tier: 'standard' }).where(eq(advisors.id, advisorId))
  for (let n = 0; n < 5; n++) await join(ctx)
  await world.db.read.update(advisors).set({ tier: 'basic' }).where(eq(advisors.id, advisorId))
  expect((await listMembers(ctx, {})).items).toHaveLength(6)
  await expect(inviteMember(ctx, { email: newAddress() })).rejects.toMatchObject(full)
})

test('ASVS 7.4.2: a removed member is out at once, everywhere', async () => {
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

test('somebody who was removed can be invited again, here or elsewhere, under a new password', async () => {
  const [first, second] = [await firm(), await firm()]
  const ravi = await join(first.ctx)
  await removeMember(first.ctx, { userId: ravi.userId })
  const password = 'Another-long-password-4411'
  const again = await join(second.ctx, { email: ravi.email, fullName: 'Ravi K. Menon', password })
  expect(again.userId).toBe(ravi.userId)
  await expect(world.signIn(ravi.email)).rejects.toMatchObject({ code: 'invalid_credentials' })
  const { view } = await world.signIn(ravi.email, password)
  expect(view).toMatchObject({ user: { fullName: 'Ravi K. Menon' }, advisor: { id: second.advisorId } })
})

test('an owner makes somebody an owner, who then signs in anew; the firm can be handed over', async () => {
  const { ctx, userId } = await firm()
  const ravi = await join(ctx)
  const { view } = await world.signIn(ravi.email)
  expect(await setMemberRole(ctx, { userId: ravi.userId, role: 'owner' })).toEqual({
    userId: ravi.userId,
    role: 'owner',
  })
  await expect(world.whoIs({ accessToken: view.accessToken })).rejects.toMatchObject({ code: 'session_ended' })
  await setMemberRole(ctx, { userId: ravi.userId, role: 'owner' })
  const asRavi = await world.as((await world.signIn(ravi.email)).view.accessToken)
  await setMemberRole(asRavi, { userId, role: 'member' })
  const changes = (await world.auditActions(ravi.userId)).filter((action) => action === 'member.role_changed')
  expect(changes).toHaveLength(1)
  await expect(setMemberRole(asRavi, { userId: ravi.userId, role: 'member' })).rejects.toMatchObject({
    code: 'invalid_state',
  })
  await expect(setMemberRole(asRavi, { userId: ctx.newId(), role: 'owner' })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('the last owner cannot be removed', async () => {
  const { ctx, userId } = await firm()
  await expect(removeMember(ctx, { userId })).rejects.toMatchObject({ code: 'invalid_state' })
  await join(ctx)
  await expect(removeMember(ctx, { userId })).rejects.toMatchObject({ code: 'invalid_state' })
})

type Blow = (ctx: Ctx, userId: string) => Promise<unknown>
const remove: Blow = (ctx, userId) => removeMember(ctx, { userId })
const demote: Blow = (ctx, userId) => setMemberRole(ctx, { userId, role: 'member' })

test.each([
  ['remove each other', remove, remove],
  ['demote each other', demote, demote],
  ['remove and demote each other', remove, demote],
])('of two owners who %s at once one stays an owner', async (_, first, second) => {
  for (let round = 0; round < 10; round++) {
    const { ctx, userId, advisorId } = await firm()
    const ravi = await join(ctx, { role: 'owner' })
    const asRavi = await world.as((await world.signIn(ravi.email)).view.accessToken)
    const results = await Promise.allSettled([first(ctx, ravi.userId), second(asRavi, userId)])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const rows = await world.db.read.select().from(members).where(eq(members.advisorId, advisorId))
    expect(rows.filter(({ role }) => role === 'owner')).toHaveLength(1)
  }
})

test('of fifty times that the last two owners both leave at once, one always stays', async () => {
  const { ctx, userId, advisorId } = await firm()
  const ravi = await join(ctx, { role: 'owner' })
  const asRavi = await world.as((await world.signIn(ravi.email)).view.accessToken)
  const leaving = Array.from({ length: 50 }, (_, index) =>
    index % 2 === 0 ? remove(ctx, userId) : remove(asRavi, ravi.userId),
  )
  const results = await Promise.allSettled(leaving)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await world.db.read.$count(members, eq(members.advisorId, advisorId))).toBe(1)
})

test('people of another firm are not found', async () => {
  const [mine, theirs] = [await firm(), await firm()]
  const ravi = await join(theirs.ctx)
  await expect(removeMember(mine.ctx, { userId: ravi.userId })).rejects.toMatchObject({ code: 'not_found' })
  await expect(removeMember(mine.ctx, { userId: theirs.userId })).rejects.toMatchObject({ code: 'not_found' })
  const seizure = setMemberRole(mine.ctx, { userId: ravi.userId, role: 'owner' })
  await expect(seizure).rejects.toMatchObject({ code: 'not_found' })
  expect((await listMembers(mine.ctx, {})).items).toHaveLength(1)
  const [row] = await world.db.read.select().from(users).where(eq(users.id, ravi.userId))
  expect(row?.status).toBe('active')
})
