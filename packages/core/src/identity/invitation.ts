import { schema, statement } from '@pramaan/db'
import type { InvitationView } from '@pramaan/shared'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { emailTokenHash, emailTokenOf } from './email-token.ts'

const { invitations } = schema

export const INVITATION_LIFETIME_MS = 7 * 24 * 3_600_000
const DAY_MS = 24 * 3_600_000
const MAILS_PER_DAY = 5

/** Neither accepted nor taken back; it may have run out. */
export const isPending = and(isNull(invitations.acceptedAt), isNull(invitations.cancelledAt))

/** Where the address of an invitation stands, encrypted under the advisor's key. */
export const invitationPlace = (id: string) => ({ table: 'invitations', column: 'email', rowId: id })

/** What a freshly sent invitation holds: the hash of the token that the mail's job will make again out of the mail's id. */
export function freshToken(ctx: Ctx): { mailId: string; tokenHash: Buffer; sentAt: Date; expiresAt: Date } {
  const mailId = ctx.newId()
  const sentAt = ctx.now()
  const expiresAt = new Date(sentAt.getTime() + INVITATION_LIFETIME_MS)
  return { mailId, tokenHash: emailTokenHash(emailTokenOf(ctx.keys, mailId)), sentAt, expiresAt }
}

/**
 * Keeps firms from flooding a mailbox with invitations, all firms together. Requests at the same moment do not see each
 * other here; `limitMails` lets three of them through a minute.
 *
 * @throws AppError `rate_limited`
 */
export async function limitInvitations(ctx: Ctx, emailHash: Buffer): Promise<void> {
  const since = new Date(ctx.now().getTime() - DAY_MS)
  const [row] = await ctx.db.acrossAdvisors.read
    .select({ sends: sql<number>`coalesce(sum(${invitations.sends}), 0)::int` })
    .from(invitations)
    .where(and(eq(invitations.emailHash, emailHash), gt(invitations.sentAt, since)))
  if ((row?.sends ?? 0) >= MAILS_PER_DAY) {
    throw new AppError('rate_limited', 'This address was invited often enough today. Try again tomorrow.')
  }
}

const selectByToken = statement((queries) =>
  queries
    .select()
    .from(invitations)
    .where(eq(invitations.tokenHash, sql.placeholder('tokenHash')))
    .prepare('identity_invitation_by_token'),
)

type Invitation = typeof invitations.$inferSelect

/** The invitation behind the token of a mail, if it still stands. @throws AppError `invalid_token` */
export async function requireInvitation(ctx: Ctx, token: string): Promise<Invitation> {
  const [row] = await selectByToken(ctx.db.read).execute({ tokenHash: emailTokenHash(token) })
  if (!row || row.acceptedAt || row.cancelledAt || row.expiresAt <= ctx.now()) throw invitationOver()
  return row
}

export const invitationOver = () =>
  new AppError(
    'invalid_token',
    'This invitation was used already, withdrawn, or is older than seven days. Ask for a new one.',
  )

export const invitationView = (
  row: Pick<Invitation, 'id' | 'role' | 'sentAt' | 'expiresAt'>,
  email: string,
  now: Date,
): InvitationView => ({
  id: row.id,
  email,
  role: row.role,
  state: row.expiresAt > now ? 'pending' : 'expired',
  sentAt: row.sentAt.toISOString(),
  expiresAt: row.expiresAt.toISOString(),
})
