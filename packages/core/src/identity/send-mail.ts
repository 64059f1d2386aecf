import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { emailTokenOf } from './email-token.ts'
import { sendMailJob } from './jobs.ts'
import { keepEmailToken } from './keep-email-token.ts'
import { alreadyRegisteredText, confirmAddressText, staffInvitedText } from './mail-texts.ts'
import { isNotice } from './notice-jobs.ts'
import { openPerson } from './person.ts'
import { recordMail } from './record-mail.ts'
import { type Addressed, securityMail } from './security-mail.ts'
import { type Attach, sendNotice } from './send-notice.ts'

const { members, users } = schema

const nothing: Attach = () => Promise.resolve([])

type Mail = ReturnType<typeof sendMailJob.payload.parse>

/**
 * Job handler of `identity.send-mail`. `attach` gives what mails of other domains carry. The token is made here and only its hash is stored, so that neither the request
 * nor the queue ever holds it. A second run, after a lost answer of the mail server, sends the very same mail: same
 * token, same Message-ID.
 *
 * @throws UpstreamError when the mail server may take it later
 */
export async function sendMail(ctx: Ctx, payload: unknown, attach: Attach = nothing): Promise<void> {
  if (isNotice(payload)) return sendNotice(ctx, payload, attach)
  const mail = sendMailJob.payload.parse(payload)
  const addressHash = Buffer.from(mail.addressHash, 'base64url')
  const [user] = await ctx.db.acrossAdvisors.read
    .select({
      userId: users.id,
      status: users.status,
      role: users.role,
      email: users.email,
      fullName: users.fullName,
      advisorId: members.advisorId,
    })
    .from(users)
    .leftJoin(members, eq(members.userId, users.id))
    .where(eq(users.emailHash, addressHash))
  const addressed = user && (await addressedFor(ctx, mail, user))
  if (!user || !addressed) return
  const { text, to = (await openPerson(ctx.keys, ctx.db.read, user)).email } = addressed
  const messageId = `<${mail.mailId}@${new URL(ctx.settings.publicUrl).hostname}>`
  const { userId, advisorId } = user
  const record = { userId, advisorId, kind: mail.kind, mailId: mail.mailId }
  try {
    await ctx.clients.mail.send({ to, ...text, messageId })
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.retryable) throw error
    await recordMail(ctx, { ...record, refusedWith: error.vendorCode ?? 0 })
    return
  }
  await recordMail(ctx, { ...record, refusedWith: null })
}

/** The words for this person at this moment; null where nothing is to be said any more. */
async function addressedFor(
  ctx: Ctx,
  mail: Mail,
  user: { userId: string; status: string; role: string },
): Promise<Addressed | null> {
  const { publicUrl } = ctx.settings
  const { kind } = mail
  if (user.role !== 'advisor' && user.status === 'unverified') return staffMail(ctx, mail, user.userId)
  if (kind === 'staff_invited') return null
  if (kind === 'confirm_address' || kind === 'registration_repeated') {
    if (user.status === 'active' && kind === 'registration_repeated') return { text: alreadyRegisteredText(publicUrl) }
  } else if (user.status === 'active') {
    return securityMail(ctx, { ...mail, kind }, user.userId)
  }
  // Whoever forgot the password of an account that was never confirmed needs to confirm it first.
  const needsLink = kind === 'confirm_address' || kind === 'registration_repeated' || kind === 'reset_password'
  if (user.status !== 'unverified' || !needsLink) return null
  const token = emailTokenOf(ctx.keys, mail.mailId)
  if (!(await keepEmailToken(ctx, user.userId, token, 'verify'))) return null
  const link = `${publicUrl}/verify-email?token=${token}`
  return { text: confirmAddressText(link, kind === 'registration_repeated') }
}

/** Staff confirm their address by setting their first password; until then any request for a link means that one. */
async function staffMail(ctx: Ctx, { kind, mailId }: Mail, userId: string): Promise<Addressed | null> {
  if (kind !== 'staff_invited' && kind !== 'reset_password') return null
  const token = emailTokenOf(ctx.keys, mailId)
  if (!(await keepEmailToken(ctx, userId, token, 'reset'))) return null
  const { publicUrl } = ctx.settings
  return { text: staffInvitedText(`${publicUrl}/reset-password?token=${token}`, publicUrl) }
}
