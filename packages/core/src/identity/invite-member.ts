import { schema, type Tx } from '@pramaan/db'
import { InviteMemberInput } from '@pramaan/shared'
import { and, eq, lte } from 'drizzle-orm'
import { advisorIdOf, type CommandCtx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { countPlaces } from './count-places.ts'
import { freshToken, invitationPlace, invitationView, isPending, limitInvitations } from './invitation.ts'
import { lockFirm } from './lock-firm.ts'
import { invitationJob } from './notice-jobs.ts'
import { planLimitReached } from './plan-limit.ts'

const { invitations, members, users } = schema

const PENDING_AT_MOST = 50

/**
 * Asks somebody by mail to join the firm. They choose their own name and password when they accept, and the link proves
 * the address. The answer is the same whether or not the address has an account elsewhere: only its owner hears of that.
 *
 * @throws AppError `conflict` for somebody who belongs to the firm or was asked already, `rate_limited`,
 *   `plan_limit_reached`
 */
export const inviteMember = steps({
  name: 'member.invite',
  input: InviteMemberInput,
  async run(ctx, input) {
    const emailHash = hashAddress(ctx.keys, input.email)
    await limitMails(ctx, emailHash)
    await limitInvitations(ctx, emailHash)
    return recordInvitation(ctx, input)
  },
})

const recordInvitation = command({
  name: 'member.invite',
  input: InviteMemberInput,
  async run(ctx, { email, role }) {
    const advisorId = advisorIdOf(ctx)
    const emailHash = hashAddress(ctx.keys, email)
    await requireRoom(ctx, advisorId, emailHash)
    const id = ctx.newId()
    const { mailId, ...fresh } = freshToken(ctx)
    const sealed = ctx.keys.seal(await ctx.keys.dataKeyOf(ctx.tx, advisorId), invitationPlace(id), email)
    const createdAt = fresh.sentAt
    await endExpired(ctx.tx, advisorId, createdAt)
    const row = { advisorId, id, emailHash, email: sealed, role, invitedBy: userIdOf(ctx), createdAt, ...fresh }
    const inserted = await ctx.tx
      .insert(invitations)
      .values(row)
      .onConflictDoNothing()
      .returning({ id: invitations.id })
    if (inserted.length === 0) {
      throw new AppError('conflict', 'This address is invited already. Send that invitation again instead.')
    }
    return {
      output: invitationView(row, email, ctx.now()),
      audit: {
        action: 'member.invited',
        objectType: 'invitation',
        objectId: id,
        to: role,
        detail: { address: addressId(emailHash) },
      },
      jobs: [invitationJob.with({ kind: 'invitation', advisorId, invitationId: id, mailId })],
    }
  },
})

/** Invitations count as people, so that whoever is invited finds room. @throws AppError `conflict`, `plan_limit_reached` */
async function requireRoom({ tx, now }: CommandCtx, advisorId: string, emailHash: Buffer): Promise<void> {
  const { tier, allowed } = await lockFirm(tx, advisorId, now())
  const [{ people, invited }, [known]] = await Promise.all([
    countPlaces(tx, advisorId, now()),
    tx
      .select({ userId: members.userId })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(members.advisorId, advisorId), eq(users.emailHash, emailHash))),
  ])
  if (known) throw new AppError('conflict', 'This person belongs to your firm already.')
  if (invited >= PENDING_AT_MOST) {
    throw new AppError('conflict', `There are ${PENDING_AT_MOST} open invitations. Withdraw some of them first.`)
  }
  if (people + invited >= allowed.members) throw planLimitReached('members', tier, allowed.members)
}

/** An invitation that ran out no longer stands in the way of a new one. */
async function endExpired(tx: Tx, advisorId: string, now: Date): Promise<void> {
  await tx
    .update(invitations)
    .set({ cancelledAt: now })
    .where(and(eq(invitations.advisorId, advisorId), isPending, lte(invitations.expiresAt, now)))
}
