import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { hashAddress } from './address.ts'
import { registerAdvisor, resendVerification, verifyEmail } from './index.ts'
import { identityWorld, registration } from './testing.ts'

const world = await identityWorld()
const { db } = world
const hashOf = (email: string) => hashAddress(world.keys, email)
const usersOf = (email: string) =>
  db.read
    .select()
    .from(schema.users)
    .where(eq(schema.users.emailHash, hashOf(email)))
const jobsWaiting = () =>
  db.read.select({ queue: schema.outbox.queue, payload: schema.outbox.payload }).from(schema.outbox)
const mailsTo = (address: string) => world.outbox.filter(({ to }) => to === address)
const MINUTE_MS = 60_000

test('registering makes an unverified owner, a firm on Basic and claimed licences, and says so in the log', async () => {
  const { userId, advisorId, email } = await world.register()
  const [user] = await usersOf(email)
  expect(user).toMatchObject({ id: userId, role: 'advisor', status: 'unverified', emailVerifiedAt: null })
  const [firm] = await db.read.select().from(schema.advisors).where(eq(schema.advisors.id, advisorId))
  expect(firm).toMatchObject({
    displayName: 'Verma Advisory',
    tier: 'basic',
    status: 'active',
    autoApproveClean: false,
  })
  const licences = await db.read.select().from(schema.licences).where(eq(schema.licences.advisorId, advisorId))
  expect(licences).toMatchObject([{ type: 'MFD', number: 'ARN-123456', state: 'claimed' }])
  const keys = await db.read.select().from(schema.dataKeys)
  expect(keys.filter(({ ownerId }) => [userId, advisorId].includes(ownerId))).toHaveLength(2)
  expect(await world.auditActions(advisorId)).toEqual(['advisor.registered'])
})

test('the mail has one link, in text and in HTML, and no word that the person who registered could choose', async () => {
  const { email } = await world.register()
  await world.deliverMail()
  const [mail] = mailsTo(email)
  const link = `http://127.0.0.1:8787/verify-email?token=${world.tokenFor(email)}`
  expect(mail?.subject).toBe('Confirm your email address')
  expect(mail?.text).toContain(link)
  expect(mail?.html).toContain(`href="${link}"`)
  expect(mail?.messageId).toMatch(/^<[\w-]{36}@127\.0\.0\.1>$/)
  expect(JSON.stringify(mail)).not.toMatch(/Asha|Verma/)
})

test('neither the address nor the token stands in the queue', async () => {
  const { email } = await world.register()
  const waiting = JSON.stringify(await jobsWaiting())
  expect(waiting).toContain('confirm_address')
  expect(waiting).not.toContain(email)
  await world.deliverMail()
  const token = world.tokenFor(email)
  const stored = await db.read.select().from(schema.emailTokens)
  expect(stored.length).toBeGreaterThan(0)
  expect(JSON.stringify(stored)).not.toContain(token)
  const { rows } = await db.pool.query('select data from pgboss.job')
  expect(JSON.stringify(rows)).not.toContain(token)
})

test('a known address gets the same answer, changes nothing, and its owner is told by mail', async () => {
  const { email, userId, advisorId } = await world.person()
  const before = await usersOf(email)
  const advisorsBefore = await db.read.$count(schema.advisors)
  const keysBefore = await db.read.$count(schema.dataKeys)
  const answer = await registerAdvisor(world.stranger(), {
    ...registration(email, 'Another-password-of-a-thief'),
    fullName: 'Somebody Else',
  })
  expect(answer).toEqual({ userId: expect.any(String), advisorId: expect.any(String), emailVerification: 'sent' })
  expect([answer.userId, answer.advisorId]).not.toEqual([userId, advisorId])
  expect(await usersOf(email)).toEqual(before)
  expect(await db.read.$count(schema.advisors)).toBe(advisorsBefore)
  expect(await db.read.$count(schema.dataKeys)).toBe(keysBefore)
  await world.deliverMail()
  const mail = mailsTo(email).at(-1)
  expect(mail?.subject).toBe('You already have an account')
  expect(mail?.text).not.toContain('token=')
  await expect(world.signIn(email, 'Another-password-of-a-thief')).rejects.toMatchObject({
    code: 'invalid_credentials',
  })
  expect((await world.signIn(email)).view.user.id).toBe(userId)
})

test('of ten registrations of one address at once, one makes an account, and all are answered alike', async () => {
  const email = `race-${Date.now()}@example.test`
  const registerOnce = () => {
    const ctx = { ...world.stranger(), limiter: unlimited }
    return registerAdvisor(ctx, registration(email))
  }
  const answers = await Promise.all(Array.from({ length: 10 }, registerOnce))
  expect(answers.every(({ emailVerification }) => emailVerification === 'sent')).toBe(true)
  const [user, ...others] = await usersOf(email)
  expect(others).toEqual([])
  expect(answers.filter(({ userId }) => userId === user?.id)).toHaveLength(1)
})
const unlimited = { take: async () => ({ allowed: true, limit: 1, remaining: 1, resetSeconds: 1 }) }

test('the same licence claimed twice in one registration counts once', async () => {
  const base = registration(`twice-${Date.now()}@example.test`)
  const claim = { type: 'IA' as const, number: 'INA000012345' }
  const advisor = { ...base.advisor, licences: [claim, claim] }
  const { advisorId } = await registerAdvisor(world.stranger(), { ...base, advisor })
  expect(await db.read.$count(schema.licences, eq(schema.licences.advisorId, advisorId))).toBe(1)
})

test('a link confirms once; a second use, a made-up one and a shortened one do nothing', async () => {
  const { email, userId } = await world.register()
  await world.deliverMail()
  const token = world.tokenFor(email)
  const invalid = { code: 'invalid_token' }
  for (const wrong of [token.slice(0, -1), `${token}A`, token.toLowerCase(), 'x'.repeat(43)]) {
    await expect(verifyEmail(world.stranger(), { token: wrong })).rejects.toMatchObject(invalid)
  }
  expect(await verifyEmail(world.stranger(), { token })).toEqual({ verified: true })
  await expect(verifyEmail(world.stranger(), { token })).rejects.toMatchObject(invalid)
  expect((await usersOf(email))[0]).toMatchObject({ status: 'active', emailVerifiedAt: world.clock.now() })
  expect(await world.auditActions(userId)).toEqual(['mail.sent', 'email.verified'])
})

test('of twenty uses of one link at once, one confirms', async () => {
  const { email, userId } = await world.register()
  await world.deliverMail()
  const token = world.tokenFor(email)
  const uses = Array.from({ length: 20 }, () => verifyEmail(world.stranger(), { token }))
  const results = await Promise.allSettled(uses)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await world.auditActions(userId)).filter((action) => action === 'email.verified')).toHaveLength(1)
})

test('a link is good for 24 hours', async () => {
  const [early, late] = [await world.register(), await world.register()]
  await world.deliverMail()
  world.clock.advance(24 * 60 * MINUTE_MS - 1)
  expect(await verifyEmail(world.stranger(), { token: world.tokenFor(early.email) })).toEqual({ verified: true })
  world.clock.advance(1)
  await expect(verifyEmail(world.stranger(), { token: world.tokenFor(late.email) })).rejects.toMatchObject({
    code: 'invalid_token',
  })
})

test('a second mail brings a link of its own, and using one spends the other', async () => {
  const { email } = await world.register()
  await world.deliverMail()
  const first = world.tokenFor(email)
  expect(await resendVerification(world.stranger(), { email })).toEqual({ emailVerification: 'sent' })
  await world.deliverMail()
  const second = world.tokenFor(email)
  expect(second).not.toBe(first)
  await verifyEmail(world.stranger(), { token: first })
  await expect(verifyEmail(world.stranger(), { token: second })).rejects.toMatchObject({ code: 'invalid_token' })
})

test('asking again answers alike for unknown, unconfirmed and confirmed addresses; only the second gets a mail', async () => {
  const [confirmed, unconfirmed] = [await world.person(), await world.register()]
  await world.deliverMail()
  const before = world.outbox.length
  for (const email of ['nobody@example.test', confirmed.email, unconfirmed.email]) {
    expect(await resendVerification(world.stranger(), { email })).toEqual({ emailVerification: 'sent' })
  }
  const payloads = (await jobsWaiting()).map(({ payload }) => Object.keys((payload as { data: object }).data).sort())
  expect(payloads).toEqual(Array(3).fill(['addressHash', 'kind', 'mailId', 'version']))
  await world.deliverMail()
  expect(world.outbox.slice(before).map(({ to }) => to)).toEqual([unconfirmed.email])
})

test('nobody floods a mailbox through us: three mails a minute are asked for, five confirmations an hour go out', async () => {
  const { email } = await world.register()
  const ask = () => resendVerification(world.stranger(), { email })
  await ask()
  await ask()
  await expect(ask()).rejects.toMatchObject({ code: 'rate_limited' })
  for (let minute = 0; minute < 8; minute++) {
    world.clock.advance(2 * MINUTE_MS)
    await ask()
  }
  await world.deliverMail()
  expect(mailsTo(email)).toHaveLength(5)
  world.clock.advance(61 * MINUTE_MS)
  await ask()
  await world.deliverMail()
  expect(mailsTo(email)).toHaveLength(6)
})
