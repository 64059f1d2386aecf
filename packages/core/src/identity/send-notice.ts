import { createHash } from 'node:crypto'
import { schema } from '@pramaan/db'
import { and, eq, or, sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { MailAttachment } from '../clients/mail/index.ts'
import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { emailTokenHash, emailTokenOf } from './email-token.ts'
import { invitationPlace } from './invitation.ts'
import { invitationJob, noticeJob, noticeMailJob } from './notice-jobs.ts'
import { invitationText, noticeText } from './notice-texts.ts'
import { readChoices } from './notification-choices.ts'
import { openPerson } from './person.ts'
import { recordMail } from './record-mail.ts'
import { CHOICE_OF, isForReviewers, type NoticeTopic, OBJECT_OF } from './rules/notification.ts'
import { unsubscribeToken } from './unsubscribe-token.ts'

const { invitations, members, notificationSettings, users } = schema

/** What a notice is about. */
export interface NoticeAbout {
  topic: NoticeTopic
  advisorId: string
  objectId: string
}

/** Files that go with a notice; made when it is sent, so that no queue holds them. */
export type Attach = (ctx: Ctx, about: NoticeAbout) => Promise<MailAttachment[]>

/** Mails an hour that a person may do without; what comes on top is left out, and the log says so. */
const NOTICES_PER_HOUR = 20

/**
 * Job handler of the mail queue for notices and invitations. A notice becomes one job for each person, so that a retry
 * repeats one mail and not all; a mail that runs twice keeps its Message-ID.
 *
 * @throws UpstreamError when the mail server may take it later
 */
export async function sendNotice(ctx: Ctx, payload: unknown, attach: Attach): Promise<void> {
  const { kind } = payload as { kind: 'notice' | 'notice_mail' | 'invitation' }
  if (kind === 'notice') await addressNotice(ctx, noticeJob.payload.parse(payload))
  else if (kind === 'notice_mail') await mailNotice(ctx, noticeMailJob.payload.parse(payload), attach)
  else await mailInvitation(ctx, invitationJob.payload.parse(payload))
}

/** Whom notices for reviewers are for. */
const ACTIVE_REVIEWER = and(eq(users.role, 'reviewer'), eq(users.status, 'active'))

/** Finds who is to hear it: the owners, and whoever caused it, as long as they belong to the firm. */
const addressNotice = command({
  name: 'notice.address',
  input: noticeJob.payload,
  async run(ctx, { advisorId, noticeId, objectId, topic, userId }) {
    const concerned = or(eq(members.role, 'owner'), userId === undefined ? undefined : eq(members.userId, userId))
    const people = isForReviewers(topic)
      ? await ctx.tx.select({ userId: users.id }).from(users).where(ACTIVE_REVIEWER).orderBy(users.id)
      : await ctx.tx
          .select({ userId: members.userId })
          .from(members)
          .innerJoin(users, eq(users.id, members.userId))
          .where(and(eq(members.advisorId, advisorId), eq(users.status, 'active'), concerned))
          .orderBy(members.userId)
    if (people.length === 0) return { output: null, unchanged: true }
    return {
      output: null,
      audit: {
        action: 'notice.addressed',
        objectType: OBJECT_OF[topic],
        objectId,
        advisorId,
        detail: { topic, noticeId, people: people.length },
      },
      jobs: people.map((person) =>
        noticeMailJob.with({
          kind: 'notice_mail',
          topic,
          advisorId,
          objectId,
          userId: person.userId,
          mailId: mailIdOf(noticeId, person.userId),
        }),
      ),
    }
  },
})

/** The same for the same two, so that a notice that is addressed twice sends doubles that a mail program knows as such. */
function mailIdOf(noticeId: string, userId: string): string {
  const hash = createHash('sha256').update(`notice\n${noticeId}\n${userId}`).digest('hex')
  return `${noticeId.slice(0, 13)}-8${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`
}

async function mailNotice(ctx: Ctx, mail: z.output<typeof noticeMailJob.payload>, attach: Attach): Promise<void> {
  const { advisorId, mailId, objectId, topic, userId } = mail
  const belongs = and(eq(members.advisorId, advisorId), eq(members.userId, users.id), eq(users.status, 'active'))
  const [person] = await ctx.db
    .forAdvisor(advisorId)
    .read.select({ userId: users.id, email: users.email, fullName: users.fullName })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .where(and(eq(users.id, userId), isForReviewers(topic) ? ACTIVE_REVIEWER : belongs))
  if (!person) return
  const choice = CHOICE_OF[topic]
  let unsubscribeUrl: string | null = null
  if (choice !== null) {
    if (!(await readChoices(ctx.db.read, userId))[choice]) return
    if (!(await takePlace(ctx, userId))) {
      await recordMail(ctx, { userId, advisorId, kind: topic, mailId, withheld: true, refusedWith: null })
      return
    }
    unsubscribeUrl = `${ctx.settings.publicUrl}/unsubscribe?token=${unsubscribeToken(ctx.keys, userId, choice)}`
  }
  const { email } = await openPerson(ctx.keys, ctx.db.read, person)
  const attachments = await attach(ctx, { topic, advisorId, objectId })
  const about = { objectId, publicUrl: ctx.settings.publicUrl, unsubscribeUrl }
  const text = noticeText(topic, { ...about, attached: attachments.map(({ fileName }) => fileName) })
  const refusedWith = await post(ctx, mailId, email, {
    ...text,
    attachments,
    ...(unsubscribeUrl === null ? {} : { unsubscribeUrl }),
  })
  await recordMail(ctx, { userId, advisorId, kind: topic, mailId, refusedWith })
}

/** Counts one mail into the person's hour, in one statement. @returns false when the hour is full */
async function takePlace(ctx: Ctx, userId: string): Promise<boolean> {
  const now = sql`${ctx.now().toISOString()}::timestamptz`
  const { hourStartedAt, sentInHour } = notificationSettings
  const isOver = sql`(${hourStartedAt} is null or ${hourStartedAt} <= ${now} - interval '1 hour')`
  const [row] = await ctx.db.read
    .insert(notificationSettings)
    .values({ userId, hourStartedAt: ctx.now(), sentInHour: 1 })
    .onConflictDoUpdate({
      target: notificationSettings.userId,
      set: {
        hourStartedAt: sql`case when ${isOver} then ${now} else ${hourStartedAt} end`,
        sentInHour: sql`case when ${isOver} then 1 else ${sentInHour} + 1 end`,
      },
    })
    .returning({ sentInHour })
  return (row?.sentInHour ?? 0) <= NOTICES_PER_HOUR
}

async function mailInvitation(ctx: Ctx, { advisorId, invitationId, mailId }: z.output<typeof invitationJob.payload>) {
  const [row] = await ctx.db
    .forAdvisor(advisorId)
    .read.select()
    .from(invitations)
    .where(and(eq(invitations.advisorId, advisorId), eq(invitations.id, invitationId)))
  const token = emailTokenOf(ctx.keys, mailId)
  // The invitation was answered, withdrawn, or sent again with another link meanwhile.
  if (!row || row.acceptedAt || row.cancelledAt || !row.tokenHash.equals(emailTokenHash(token))) return
  const email = await ctx.keys.open(ctx.db.read, advisorId, invitationPlace(invitationId), row.email)
  const link = `${ctx.settings.publicUrl}/invitation?token=${token}`
  const refusedWith = await post(ctx, mailId, email, invitationText(link))
  await recordMail(ctx, {
    userId: invitationId,
    recipient: 'invitation',
    advisorId,
    kind: 'invitation',
    mailId,
    refusedWith,
  })
}

type Mail = Omit<Parameters<Ctx['clients']['mail']['send']>[0], 'to' | 'messageId'>

/** @returns null when the server took it, its code (0 for none) when it refused the mail for good */
async function post(ctx: Ctx, mailId: string, to: string, mail: Mail): Promise<number | null> {
  const messageId = `<${mailId}@${new URL(ctx.settings.publicUrl).hostname}>`
  try {
    await ctx.clients.mail.send({ ...mail, to, messageId })
    return null
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.retryable) throw error
    return error.vendorCode ?? 0
  }
}
