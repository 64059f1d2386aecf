import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import {
  acceptInvitation,
  cancelInvitation,
  inviteMember,
  listInvitations,
  readInvitation,
  resendInvitation,
  sweepInvitations,
  verifyEmail,
} from './index.ts'
import { identityWorld, PASSWORD } from './testing.ts'

const world = await identityWorld()
const { emailTokens, invitations, members, users } = schema
const WEEK_MS = 7 * 24 * 3_600_000

async function firm() {
  const owner = await world.person()
  const { view } = await world.signIn(owner.email)
  return { ...owner, ctx: await world.as(view.accessToken) }
}
let count = 0
const newAddress = () => `meera-${count++}@example.test`
const accept = (token: string) =>
  acceptInvitation(world.stranger(), { token, fullName: 'Meera Shah', password: PASSWORD })

/** @returns the token of the mail */
async function invite(ctx: Awaited<ReturnType<typeof firm>>['ctx'], email = newAddress()) {
  const { id } = await inviteMember(ctx, { email })
  await world.deliverMail()
  return { id, email, token: world.tokenFor(email) }
}
const over = { code: 'invalid_token' }

test('an invitation waits where the firm sees it, and is gone from there once it is accepted', async () => {
  const { ctx, advisorId } = await firm()
  const { id, email, token } = await invite(ctx)
  const { items } = await listInvitations(ctx, {})
  expect(items).toMatchObject([{ id, email, role: 'member', state: 'pending' }])
  expect(await readInvitation(world.stranger(), { token })).toEqual({
    displayName: 'Verma Advisory',
    email,
    role: 'member',
  })
  const accepted = await accept(token)
  expect(accepted).toMatchObject({ advisorId, role: 'member' })
  expect(await listInvitations(ctx, {})).toEqual({ items: [] })
  expect((await world.signIn(email)).view).toMatchObject({ advisor: { id: advisorId } })
  expect(await world.auditActions(id)).toEqual(['member.invited', 'mail.sent', 'invitation.accepted'])
  await expect(accept(token)).rejects.toMatchObject(over)
})

test('the mail names neither firm nor person, and the tables hold neither token nor address in clear', async () => {
  const { ctx } = await firm()
  const { id, email, token } = await invite(ctx)
  const mail = world.outbox.findLast(({ to }) => to === email)
  expect(mail?.text).not.toMatch(/Verma|Asha/)
  expect(mail?.unsubscribeUrl).toBeUndefined()
  const { rows } = await world.db.pool.query<{ row: string }>(
    'select row_to_json(i)::text as row from invitations i where id = $1',
    [id],
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]?.row).not.toContain(email)
  expect(rows[0]?.row).not.toContain(token)
  expect(rows[0]?.row).not.toContain(Buffer.from(email).toString('hex'))
  const { rows: jobs } = await world.db.pool.query(
    `select data::text as data from pgboss.job where data::text like $1`,
    [`%${id}%`],
  )
  expect(jobs.length).toBeGreaterThan(0)
  for (const { data } of jobs) for (const secret of [email, token]) expect(data).not.toContain(secret)
})

test('ASVS 6.4.1: of fifty uses of one invitation at once exactly one joins', async () => {
  const { ctx, advisorId } = await firm()
  const { email, token } = await invite(ctx)
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => accept(token)))
  const done = results.filter(({ status }) => status === 'fulfilled')
  expect(done).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(over)
  expect(await world.db.read.$count(members, eq(members.advisorId, advisorId))).toBe(2)
  expect((await world.signIn(email)).view.advisor?.id).toBe(advisorId)
})

test('ASVS 6.4.1: of fifty uses of one verification link at once exactly one confirms', async () => {
  const { email, userId } = await world.register()
  await world.deliverMail()
  const token = world.tokenFor(email)
  const uses = Array.from({ length: 50 }, () => verifyEmail(world.stranger(), { token }))
  const results = await Promise.allSettled(uses)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(over)
  const confirmed = (await world.auditActions(userId)).filter((action) => action === 'email.verified')
  expect(confirmed).toHaveLength(1)
  const used = and(eq(emailTokens.userId, userId), eq(emailTokens.purpose, 'verify'))
  for (const row of await world.db.read.select().from(emailTokens).where(used)) expect(row.usedAt).not.toBeNull()
})

test('an invitation ends after seven days, and can then be made anew', async () => {
  const { ctx } = await firm()
  const { email, token } = await invite(ctx)
  await expect(inviteMember(ctx, { email })).rejects.toMatchObject({ code: 'conflict' })
  world.clock.advance(WEEK_MS)
  await expect(readInvitation(world.stranger(), { token })).rejects.toMatchObject(over)
  await expect(accept(token)).rejects.toMatchObject(over)
  expect((await listInvitations(ctx, {})).items).toMatchObject([{ email, state: 'expired' }])
  const { token: second } = await invite(ctx, email)
  expect(await accept(second)).toMatchObject({ role: 'member' })
})

test('an invitation that is sent again has a new link, and the old one is dead', async () => {
  const { ctx } = await firm()
  const { id, email, token } = await invite(ctx)
  expect(await resendInvitation(ctx, { id })).toMatchObject({ id, email, state: 'pending' })
  await world.deliverMail()
  const second = world.tokenFor(email)
  expect(second).not.toBe(token)
  await expect(accept(token)).rejects.toMatchObject(over)
  await accept(second)
  await expect(resendInvitation(ctx, { id })).rejects.toMatchObject({ code: 'not_found' })
})

test('an invitation that is taken back is dead at once, and its waiting mail is not sent', async () => {
  const { ctx } = await firm()
  const email = newAddress()
  const { id } = await inviteMember(ctx, { email })
  await cancelInvitation(ctx, { id })
  await world.deliverMail()
  expect(world.outbox.some(({ to }) => to === email)).toBe(false)
  const late = await invite(ctx, email)
  await cancelInvitation(ctx, { id: late.id })
  await expect(accept(late.token)).rejects.toMatchObject(over)
  await expect(cancelInvitation(ctx, { id: late.id })).rejects.toMatchObject({ code: 'not_found' })
})

test('of an accept and a withdrawal at once one wins', async () => {
  for (let round = 0; round < 10; round++) {
    const { ctx, advisorId } = await firm()
    const { id, token } = await invite(ctx)
    const results = await Promise.allSettled([accept(token), cancelInvitation(ctx, { id })])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const joined = results[0]?.status === 'fulfilled'
    expect(await world.db.read.$count(members, eq(members.advisorId, advisorId))).toBe(joined ? 2 : 1)
  }
})

test('whether an address has an account elsewhere, only its owner hears', async () => {
  const { ctx } = await firm()
  const elsewhere = await world.person()
  const { token } = await invite(ctx, elsewhere.email)
  await expect(accept(token)).rejects.toMatchObject({ code: 'conflict' })
  expect((await world.signIn(elsewhere.email)).view.advisor?.id).toBe(elsewhere.advisorId)
  expect((await listInvitations(ctx, {})).items).toHaveLength(1)
  const [row] = await world.db.read.select().from(users).where(eq(users.id, elsewhere.userId))
  expect(row?.status).toBe('active')
})

test('who belongs to the firm cannot be invited into it', async () => {
  const { ctx, email } = await firm()
  await expect(inviteMember(ctx, { email })).rejects.toMatchObject({ code: 'conflict' })
})

test('another firm neither sees nor touches an invitation', async () => {
  const [mine, theirs] = [await firm(), await firm()]
  const { id } = await invite(theirs.ctx)
  expect(await listInvitations(mine.ctx, {})).toEqual({ items: [] })
  await expect(resendInvitation(mine.ctx, { id })).rejects.toMatchObject({ code: 'not_found' })
  await expect(cancelInvitation(mine.ctx, { id })).rejects.toMatchObject({ code: 'not_found' })
})

test('all firms together send an address no more than five invitations a day', async () => {
  const email = newAddress()
  for (let index = 0; index < 5; index++) {
    await invite((await firm()).ctx, email)
    world.clock.advance(61_000)
  }
  const { ctx } = await firm()
  await expect(inviteMember(ctx, { email })).rejects.toMatchObject({ code: 'rate_limited' })
  world.clock.advance(24 * 3_600_000)
  await invite(ctx, email)
})

test('the addresses of old invitations are deleted', async () => {
  const { ctx } = await firm()
  const { id } = await invite(ctx)
  world.clock.advance(WEEK_MS + 30 * 24 * 3_600_000)
  await sweepInvitations(world.ctx())
  expect(await world.db.read.$count(invitations, eq(invitations.id, id))).toBe(1)
  world.clock.advance(1)
  expect((await sweepInvitations(world.ctx())).deleted).toBeGreaterThan(0)
  expect(await world.db.read.$count(invitations, eq(invitations.id, id))).toBe(0)
})
