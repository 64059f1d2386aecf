import { schema } from '@pramaan/db'
import { and, count, eq, gt, ne } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { emailTokenHash, emailTokenOf } from './email-token.ts'
import { sendMailJob } from './jobs.ts'
import { alreadyRegisteredText, confirmAddressText, type MailText } from './mail-texts.ts'
import { isNotice } from './notice-jobs.ts'
import { openPerson } from './person.ts'
import { recordMail } from './record-mail.ts'
import { sendNotice } from './send-notice.ts'

const { emailTokens, members, users } = schema

const TOKEN_LIFETIME_MS = 24 * 3600 * 1000
const HOUR_MS = 3600 * 1000
const CONFIRMATIONS_PER_HOUR = 5

type Mail = ReturnType<typeof sendMailJob.payload.parse>

/**
 * Job handler of `identity.send-mail`. The token is made here and only its hash is stored, so that neither the request
 * nor the queue ever holds it. A second run, after a lost answer of the mail server, sends the very same mail: same
 * token, same Message-ID.
 *
 * @throws UpstreamError when the mail server may take it later
 */
export async function sendMail(ctx: Ctx, payload: unknown): Promise<void> {
  if (isNotice(payload)) return sendNotice(ctx, payload)
  const mail = sendMailJob.payload.parse(payload)
  const addressHash = Buffer.from(mail.addressHash, 'base64url')
  const [user] = await ctx.db.read
    .select({
      userId: users.id,
      status: users.status,
      email: users.email,
      fullName: users.fullName,
      advisorId: members.advisorId,
    })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .where(eq(users.emailHash, addressHash))
  const text = user && (await textFor(ctx, mail, user))
  if (!user || !text) return
  const { email } = await openPerson(ctx.keys, ctx.db.read, user)
  const messageId = `<${mail.mailId}@${new URL(ctx.settings.publicUrl).hostname}>`
  const { userId, advisorId } = user
  const record = { userId, advisorId, kind: mail.kind, mailId: mail.mailId }
  try {
    await ctx.clients.mail.send({ to: email, ...text, messageId })
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.retryable) throw error
    await recordMail(ctx, { ...record, refusedWith: error.vendorCode ?? 0 })
    return
  }
  await recordMail(ctx, { ...record, refusedWith: null })
}

/** The words for this person at this moment; null where nothing is to be said any more. */
async function textFor(ctx: Ctx, mail: Mail, user: { userId: string; status: string }): Promise<MailText | null> {
  const { publicUrl } = ctx.settings
  if (user.status === 'active' && mail.kind === 'registration_repeated') return alreadyRegisteredText(publicUrl)
  if (user.status !== 'unverified') return null
  const token = emailTokenOf(ctx.keys, mail.mailId)
  if (!(await keepToken(ctx, user.userId, token))) return null
  return confirmAddressText(`${publicUrl}/verify-email?token=${token}`, mail.kind === 'registration_repeated')
}

/** @returns false when the person has had enough of these mails for now */
async function keepToken(ctx: Ctx, userId: string, token: string): Promise<boolean> {
  const now = ctx.now()
  const tokenHash = emailTokenHash(token)
  const sinceAnHour = gt(emailTokens.createdAt, new Date(now.getTime() - HOUR_MS))
  const [recent] = await ctx.db.read
    .select({ count: count() })
    .from(emailTokens)
    .where(and(eq(emailTokens.userId, userId), sinceAnHour, ne(emailTokens.tokenHash, tokenHash)))
  if ((recent?.count ?? 0) >= CONFIRMATIONS_PER_HOUR) return false
  const expiresAt = new Date(now.getTime() + TOKEN_LIFETIME_MS)
  await ctx.db.read
    .insert(emailTokens)
    .values({ tokenHash, userId, purpose: 'verify', expiresAt, createdAt: now })
    .onConflictDoNothing()
  return true
}
