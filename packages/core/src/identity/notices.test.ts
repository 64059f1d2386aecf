import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { expect, inject, test } from 'vitest'
import { createMailClient, type MailMessage } from '../clients/mail/index.ts'
import type { Actor, Ctx } from '../platform/context.ts'
import {
  acceptInvitation,
  getNotifications,
  inviteMember,
  noticeJob,
  removeMember,
  restoreAdvisor,
  sendMail,
  setNotifications,
  suspendAdvisor,
  unsubscribe,
} from './index.ts'
import { noticeMailJob } from './notice-jobs.ts'
import { CHOICE_OF, isForReviewers, NOTICE_TOPICS } from './rules/notification.ts'
import { identityWorld, PASSWORD } from './testing.ts'
import { unsubscribeToken } from './unsubscribe-token.ts'

const world = await identityWorld()
const admin: Actor = { kind: 'user', userId: world.ctx().newId(), role: 'admin', memberRole: null, sessionId: 's' }

async function firm() {
  const owner = await world.person()
  const { view } = await world.signIn(owner.email)
  return { ...owner, ctx: await world.as(view.accessToken) }
}
let count = 0

async function welcome(ctx: Ctx) {
  const email = `author-${count++}@example.test`
  await inviteMember(ctx, { email })
  await world.deliverMail()
  const token = world.tokenFor(email)
  const { userId } = await acceptInvitation(world.stranger(), { token, fullName: 'Ravi Menon', password: PASSWORD })
  return { email, userId }
}

type Topic = (typeof NOTICE_TOPICS)[number]
const noticeOf = (topic: Topic, advisorId: string, userId?: string) =>
  noticeJob.with({
    kind: 'notice',
    noticeId: world.ctx().newId(),
    topic,
    advisorId,
    objectId: world.ctx().newId(),
    ...(userId === undefined ? {} : { userId }),
  })

/** Tells a firm, through the real queue. */
async function tell(topic: Topic, advisorId: string, userId?: string): Promise<void> {
  const { queue, payload } = noticeOf(topic, advisorId, userId)
  const envelope = { data: payload, requestId: world.ctx().newId() }
  await world.db.read.insert(schema.outbox).values({ queue, payload: envelope })
  await world.deliverMail()
}
const mailsTo = (email: string) => world.outbox.filter(({ to }) => to === email)
const subjectsTo = (email: string) => mailsTo(email).map(({ subject }) => subject)
const SENT_BACK = 'A text must be changed before it can go out'

test('a text that is sent back is told to its author and the owners, and to nobody else', async () => {
  const { ctx, email, advisorId } = await firm()
  const [author, colleague] = [await welcome(ctx), await welcome(ctx)]
  await tell('content_sent_back', advisorId, author.userId)
  expect(subjectsTo(email)).toContain(SENT_BACK)
  expect(subjectsTo(author.email)).toContain(SENT_BACK)
  expect(subjectsTo(colleague.email)).not.toContain(SENT_BACK)
})

test('everybody has all mails until they choose; a choice turns off one kind for one person', async () => {
  const { ctx, email, advisorId } = await firm()
  const author = await welcome(ctx)
  const asAuthor = await world.as((await world.signIn(author.email)).view.accessToken)
  const all = { contentSentBack: true, contentDecided: true, licenceLapsing: true }
  expect(await getNotifications(asAuthor, {})).toEqual(all)
  await setNotifications(asAuthor, { ...all, contentSentBack: false })
  expect(await getNotifications(asAuthor, {})).toEqual({ ...all, contentSentBack: false })
  await tell('content_sent_back', advisorId, author.userId)
  await tell('content_rejected', advisorId, author.userId)
  expect(subjectsTo(author.email)).not.toContain(SENT_BACK)
  expect(subjectsTo(author.email)).toContain('A text was rejected')
  expect(subjectsTo(email)).toContain(SENT_BACK)
  expect(await world.auditActions(author.userId)).toContain('notifications.set')
})

test('notices about the account itself come whatever was chosen, and hold no way out of them', async () => {
  const { ctx, email, advisorId } = await firm()
  await setNotifications(ctx, { contentSentBack: false, contentDecided: false, licenceLapsing: false })
  for (const topic of NOTICE_TOPICS) await tell(topic, advisorId)
  const sent = mailsTo(email).filter(({ subject }) => subject !== 'Confirm your email address')
  expect(sent).toHaveLength(NOTICE_TOPICS.filter((topic) => CHOICE_OF[topic] === null && !isForReviewers(topic)).length)
  for (const mail of sent) {
    expect(mail.unsubscribeUrl).toBeUndefined()
    expect(mail.text).not.toContain('unsubscribe')
  }
})

test('every link of every notice leads to us, in both forms of the mail', async () => {
  const { email, advisorId } = await firm()
  for (const topic of NOTICE_TOPICS) await tell(topic, advisorId)
  for (const { text, html, unsubscribeUrl } of mailsTo(email)) {
    const links = [...`${text} ${html} ${unsubscribeUrl ?? ''}`.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link)
    expect(links.length).toBeGreaterThan(1)
    for (const link of links) expect(new URL(link).origin).toBe('http://127.0.0.1:8787')
  }
})

test('the link of a mail ends that kind of mail for that person, once or twice; an altered one does nothing', async () => {
  const { email, userId, advisorId, ctx } = await firm()
  await tell('content_rejected', advisorId)
  const token = new URL(mailsTo(email).at(-1)?.unsubscribeUrl ?? '').searchParams.get('token') ?? ''
  expect(await unsubscribe(world.stranger(), { token })).toEqual({ done: true })
  expect(await unsubscribe(world.stranger(), { token })).toEqual({ done: true })
  expect(await getNotifications(ctx, {})).toEqual({
    contentSentBack: true,
    contentDecided: false,
    licenceLapsing: true,
  })
  const before = mailsTo(email).length
  await tell('content_approved', advisorId)
  expect(mailsTo(email)).toHaveLength(before)
  const other = await firm()
  const altered = [
    token.replace('contentDecided', 'licenceLapsing'),
    token.replace(userId, other.userId),
    `${token.slice(0, -2)}AA`,
    token.slice(0, -10),
    unsubscribeToken(world.keys, world.ctx().newId(), 'contentDecided'),
  ]
  for (const wrong of altered) {
    await expect(unsubscribe(world.stranger(), { token: wrong })).rejects.toMatchObject({ code: 'invalid_token' })
  }
  expect(await getNotifications(other.ctx, {})).toMatchObject({ contentDecided: true })
})

test('twenty such mails an hour are enough for anybody; what comes on top is written down, and security is not capped', async () => {
  const { email, userId, advisorId } = await firm()
  for (let index = 0; index < 22; index++) await tell('content_sent_back', advisorId)
  await tell('advisor_suspended', advisorId)
  expect(subjectsTo(email).filter((subject) => subject === SENT_BACK)).toHaveLength(20)
  expect(subjectsTo(email)).toContain('Your account is suspended')
  const withheld = (await world.auditActions(userId)).filter((action) => action === 'mail.withheld')
  expect(withheld).toHaveLength(2)
  world.clock.advance(3_600_000)
  await tell('content_sent_back', advisorId)
  expect(subjectsTo(email).filter((subject) => subject === SENT_BACK)).toHaveLength(21)
})

test('a notice that is addressed twice sends mails that are known as doubles', async () => {
  const { advisorId, email } = await firm()
  const { queue, payload } = noticeOf('licence_lapsed', advisorId)
  const envelope = { data: payload, requestId: world.ctx().newId() }
  await world.db.read.insert(schema.outbox).values([
    { queue, payload: envelope },
    { queue, payload: envelope },
  ])
  await world.deliverMail()
  const ids = mailsTo(email)
    .filter(({ subject }) => subject === 'A licence has run out')
    .map(({ messageId }) => messageId)
  expect([ids.length, new Set(ids).size]).toEqual([2, 1])
})

test('somebody who left the firm hears nothing of it, not even what was waiting', async () => {
  const { ctx, advisorId } = await firm()
  const author = await welcome(ctx)
  const waiting = noticeMailJob.with({
    kind: 'notice_mail',
    topic: 'content_approved',
    advisorId,
    objectId: world.ctx().newId(),
    userId: author.userId,
    mailId: world.ctx().newId(),
  })
  await removeMember(ctx, { userId: author.userId })
  const before = mailsTo(author.email).length
  await sendMail(world.ctx(), waiting.payload)
  await tell('content_approved', advisorId, author.userId)
  expect(mailsTo(author.email)).toHaveLength(before)
})

test('a suspension is told to the owners and written into their log; a second one changes nothing', async () => {
  const { email, advisorId } = await firm()
  const asAdmin = world.ctx(admin)
  expect(await suspendAdvisor(asAdmin, { id: advisorId, reason: 'complaint 4711' })).toEqual({
    id: advisorId,
    status: 'suspended',
  })
  await expect(suspendAdvisor(asAdmin, { id: advisorId, reason: 'x' })).rejects.toMatchObject({ code: 'invalid_state' })
  await restoreAdvisor(asAdmin, { id: advisorId })
  await expect(restoreAdvisor(asAdmin, { id: advisorId })).rejects.toMatchObject({ code: 'invalid_state' })
  await expect(suspendAdvisor(asAdmin, { id: asAdmin.newId(), reason: 'x' })).rejects.toMatchObject({
    code: 'not_found',
  })
  await world.deliverMail()
  expect(subjectsTo(email)).toEqual(expect.arrayContaining(['Your account is suspended', 'Your account is restored']))
  const moves = (await world.auditActions(advisorId)).filter((action) => /suspended|restored/.test(action))
  expect(moves).toEqual(['advisor.suspended', 'advisor.restored'])
  const entries = await world.db.read
    .select()
    .from(schema.auditEntries)
    .where(eq(schema.auditEntries.objectId, advisorId))
  expect(entries.find(({ action }) => action === 'advisor.suspended')).toMatchObject({
    advisorId,
    body: { reason: 'complaint 4711', from: 'active', to: 'suspended' },
  })
})

test('over real SMTP a notice arrives in both forms, with a one-click way out; a security notice without', async () => {
  const { smtp, mailDir } = inject('emulators')
  const { email, advisorId, userId } = await firm()
  const client = createMailClient({ url: smtp, from: 'Pramaan <no-reply@pramaan.test>' })
  const ctx = world.ctx()
  const real: Ctx = {
    ...ctx,
    clients: { ...ctx.clients, mail: { send: (mail: MailMessage) => client.send(mail), close: () => undefined } },
  }
  const mailOf = (topic: Topic) =>
    noticeMailJob.with({ kind: 'notice_mail', topic, advisorId, objectId: advisorId, userId, mailId: ctx.newId() })
      .payload
  await sendMail(real, mailOf('content_rejected'))
  await sendMail(real, mailOf('advisor_suspended'))
  client.close()
  const sources = readdirSync(mailDir)
    .filter((name) => name.includes(email))
    .sort()
    .map((name) => readFileSync(join(mailDir, name), 'utf8').replace(/\r\n[ \t]+/g, ' '))
  const [rejected = '', suspended = ''] = sources
  expect(rejected).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/)
  const url = /^List-Unsubscribe: <(http:\/\/127\.0\.0\.1:8787\/unsubscribe\?token=[\w.-]+)>/m.exec(rejected)?.[1] ?? ''
  expect(rejected).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m)
  expect(suspended).toContain('Your account is suspended')
  expect(suspended).not.toMatch(/List-Unsubscribe|unsubscribe/)
  const token = new URL(url).searchParams.get('token') ?? ''
  expect(await unsubscribe(world.stranger(), { token })).toEqual({ done: true })
})
