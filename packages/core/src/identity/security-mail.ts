import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { emailTokenOf } from './email-token.ts'
import type { SECURITY_MAILS, sendMailJob } from './jobs.ts'
import { keepEmailToken } from './keep-email-token.ts'
import { openRecipient } from './mail-recipient.ts'
import { alreadyRegisteredText, type MailText } from './mail-texts.ts'
import { openPendingEmail } from './person.ts'
import { confirmNewAddressText, noticeText, resetPasswordText } from './security-mail-texts.ts'

const { users } = schema

export type SecurityMail = ReturnType<typeof sendMailJob.payload.parse> & { kind: (typeof SECURITY_MAILS)[number] }

/** The words of a mail, and who gets them where that is not the address of the account. */
export interface Addressed {
  text: MailText
  to?: string
}

/** A mail about the credentials of an active account; null where nothing is to be said any more. */
export async function securityMail(ctx: Ctx, mail: SecurityMail, userId: string): Promise<Addressed | null> {
  const { publicUrl } = ctx.settings
  switch (mail.kind) {
    case 'reset_password': {
      const token = emailTokenOf(ctx.keys, mail.mailId)
      if (!(await keepEmailToken(ctx, userId, token, 'reset'))) return null
      return { text: resetPasswordText(`${publicUrl}/reset-password?token=${token}`) }
    }
    case 'confirm_new_address':
      return newAddressMail(ctx, mail.mailId, userId)
    default: {
      const text = noticeText(mail.kind, publicUrl)
      return mail.recipient === undefined
        ? { text }
        : { text, to: openRecipient(ctx.keys, mail.mailId, mail.recipient) }
    }
  }
}

/** To an address that has an account already no token goes: its owner hears that somebody tried. */
async function newAddressMail(ctx: Ctx, mailId: string, userId: string): Promise<Addressed | null> {
  const { read } = ctx.db
  const [pending] = await read
    .select({ email: users.pendingEmail, hash: users.pendingEmailHash })
    .from(users)
    .where(eq(users.id, userId))
  if (!pending?.email || !pending.hash) return null
  const to = await openPendingEmail(ctx.keys, read, userId, pending.email)
  const taken = await read.select({ id: users.id }).from(users).where(eq(users.emailHash, pending.hash))
  if (taken.length > 0) return { text: alreadyRegisteredText(ctx.settings.publicUrl), to }
  const token = emailTokenOf(ctx.keys, mailId)
  if (!(await keepEmailToken(ctx, userId, token, 'change', pending.hash))) return null
  return { text: confirmNewAddressText(`${ctx.settings.publicUrl}/confirm-email?token=${token}`), to }
}
