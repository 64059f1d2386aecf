import { schema, type Tx } from '@pramaan/db'
import { type AcceptedView, AcceptInvitationInput } from '@pramaan/shared'
import { and, eq, gt, notExists } from 'drizzle-orm'
import { z } from 'zod'
import type { CommandCtx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { keptAnswer } from '../platform/idempotency.ts'
import { command, steps } from '../platform/use-case.ts'
import { emailTokenHash } from './email-token.ts'
import { invitationOver, invitationPlace, isPending } from './invitation.ts'
import { lockFirm } from './lock-firm.ts'
import { outdateCredentials } from './outdate-credentials.ts'
import { passwordsOf } from './passwords.ts'
import { insertUser, sealPerson } from './person.ts'
import { rememberPlace } from './place.ts'
import { planLimitReached } from './plan-limit.ts'
import { readInvitation } from './read-invitation.ts'
import { requireGoodPassword } from './require-good-password.ts'

const { invitations, members, users } = schema

type Accepted = z.output<typeof AcceptedView>

/**
 * Joins the firm that the mail invited to, under a name and a password of the person's own. The link came to the address,
 * so the address is proven. Of several uses of one link one wins.
 *
 * @throws AppError `invalid_token`; `password_refused`; `conflict` for an address that has an account;
 *   `plan_limit_reached`
 */
export const acceptInvitation = steps({
  name: 'invitation.accept',
  input: AcceptInvitationInput,
  async run(ctx, { password, ...rest }) {
    const kept = await keptAnswer<Accepted>(ctx)
    if (kept) return kept.output
    // Looked at first, so that nobody without an invitation costs us a password hash.
    const { displayName, email } = await readInvitation(ctx, { token: rest.token })
    requireGoodPassword(password, false, { email, fullName: rest.fullName, firm: displayName })
    return join(ctx, { ...rest, passwordHash: await passwordsOf(ctx).hash(password) })
  },
})

const join = command({
  name: 'invitation.accept',
  input: AcceptInvitationInput.omit({ password: true }).extend({ passwordHash: z.string() }),
  async run(ctx, { token, fullName, passwordHash }) {
    const invitation = await spend(ctx, token)
    const { advisorId, id, role, emailHash, invitedBy } = invitation
    await requireSeat(ctx, advisorId)
    const email = await ctx.keys.open(ctx.tx, advisorId, invitationPlace(id), invitation.email)
    const person = { addressHash: emailHash, email, fullName, passwordHash }
    const userId = (await readmit(ctx, person)) ?? (await insertNew(ctx, person))
    await ctx.tx.insert(members).values({ advisorId, userId, role })
    await rememberPlace(ctx, userId)
    return {
      output: { userId, advisorId, role },
      audit: [
        { action: 'invitation.accepted', objectType: 'invitation', objectId: id, advisorId },
        {
          action: 'member.added',
          objectType: 'user',
          objectId: userId,
          advisorId,
          to: role,
          detail: { invitationId: id, invitedBy },
        },
      ],
    }
  },
})

/** The plan may have become smaller since the invitation went out; the link stays good. @throws AppError `plan_limit_reached` */
async function requireSeat({ tx, now }: CommandCtx, advisorId: string): Promise<void> {
  const { tier, allowed } = await lockFirm(tx, advisorId, now())
  const people = await tx.$count(members, eq(members.advisorId, advisorId))
  if (people >= allowed.members) throw planLimitReached('members', tier, allowed.members)
}

/** Uses the link up, in one conditional update: who loses the race finds it used. @throws AppError `invalid_token` */
async function spend(ctx: CommandCtx, token: string) {
  const now = ctx.now()
  const [spent] = await ctx.tx
    .update(invitations)
    .set({ acceptedAt: now })
    .where(and(eq(invitations.tokenHash, emailTokenHash(token)), isPending, gt(invitations.expiresAt, now)))
    .returning()
  if (!spent) throw invitationOver()
  return spent
}

interface NewPerson {
  addressHash: Buffer
  email: string
  fullName: string
  passwordHash: string
}

async function insertNew(ctx: CommandCtx, person: NewPerson): Promise<string> {
  const userId = ctx.newId()
  const key = await ctx.keys.createDataKey(ctx.tx, userId)
  const user = { userId, ...person, role: 'advisor' as const, status: 'active' as const, emailVerifiedAt: ctx.now() }
  if (!(await insertUser(ctx.keys, ctx.tx, key, user))) {
    throw new AppError(
      'conflict',
      'This address has an account already, and a person belongs to one firm. Ask to be invited under another address.',
    )
  }
  return userId
}

/**
 * Somebody who was removed from a firm comes back, or joins another one, as new: new name, new password.
 *
 * @returns null when the address is not of such a person
 */
async function readmit(
  ctx: CommandCtx,
  { addressHash, email, fullName, passwordHash }: NewPerson,
): Promise<string | null> {
  const { tx, keys } = ctx
  const [removed] = await tx
    .select({ id: users.id })
    .from(users)
    .where(
      and(eq(users.emailHash, addressHash), eq(users.role, 'advisor'), eq(users.status, 'suspended'), isNoMember(tx)),
    )
    .for('no key update')
  if (!removed) return null
  await outdateCredentials(tx, removed.id, ctx.now())
  const sealed = sealPerson(keys, await keys.dataKeyOf(tx, removed.id), removed.id, { email, fullName })
  await tx
    .update(users)
    .set({ ...sealed, passwordHash, status: 'active', emailVerifiedAt: ctx.now() })
    .where(eq(users.id, removed.id))
  return removed.id
}

const isNoMember = (tx: Tx) =>
  notExists(tx.select({ id: members.userId }).from(members).where(eq(members.userId, users.id)))
