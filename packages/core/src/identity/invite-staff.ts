import { randomBytes } from 'node:crypto'
import { schema } from '@pramaan/db'
import { InviteStaffInput, type StaffView } from '@pramaan/shared'
import { and, eq, inArray, ne } from 'drizzle-orm'
import { z } from 'zod'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { outdateCredentials } from './outdate-credentials.ts'
import { passwordsOf } from './passwords.ts'
import { insertUser, sealPerson } from './person.ts'
import { requireStepUp } from './require-step-up.ts'
import { staffView } from './staff-view.ts'

const { users } = schema

/**
 * Makes somebody a reviewer, administrator or inspector. They get a mail with a link to set their password, once and
 * within an hour; after that, "forgot password" mails another. Until they have a second factor they can do nothing but set
 * one up. Somebody of ours who was suspended, or never came, is invited again under the role that is given now.
 *
 * @throws AppError `step_up_required`, `rate_limited`; `conflict` for an address that has an account
 */
export const inviteStaff = steps({
  name: 'staff.invite',
  input: InviteStaffInput,
  async run(ctx, input): Promise<StaffView> {
    requireStepUp(ctx)
    await limitMails(ctx, hashAddress(ctx.keys, input.email))
    return recordStaff(ctx, { ...input, passwordHash: await nobodysPassword(ctx) })
  },
})

/** The hash of a password that nobody has heard of: until the link is used, no guess can be right. */
const nobodysPassword = (ctx: Ctx) => passwordsOf(ctx).hash(randomBytes(32).toString('base64url'))

const recordStaff = command({
  name: 'staff.invite',
  input: InviteStaffInput.extend({ passwordHash: z.string() }),
  async run(ctx, input) {
    const addressHash = hashAddress(ctx.keys, input.email)
    const userId = (await readmit(ctx, addressHash, input)) ?? (await insertNew(ctx, addressHash, input))
    const mail = { kind: 'staff_invited', addressHash: addressId(addressHash), mailId: ctx.newId() } as const
    const { email, fullName, role } = input
    return {
      output: staffView({
        userId,
        email,
        fullName,
        role,
        status: 'unverified',
        createdAt: ctx.now(),
        lastSignInAt: null,
      }),
      audit: { action: 'staff.invited', objectType: 'user', objectId: userId, to: role },
      jobs: [sendMailJob.with(mail)],
    }
  },
})

type NewStaff = z.output<typeof InviteStaffInput> & { passwordHash: string }

async function insertNew(ctx: CommandCtx, addressHash: Buffer, staff: NewStaff): Promise<string> {
  const userId = ctx.newId()
  const key = await ctx.keys.createDataKey(ctx.tx, userId)
  const user = { userId, addressHash, ...staff, status: 'unverified' as const, emailVerifiedAt: null }
  if (!(await insertUser(ctx.keys, ctx.tx, key, user))) {
    throw new AppError('conflict', 'This address has an account already. Staff need an address of their own.')
  }
  return userId
}

/** Whatever they had before, their second factor too, is of no use to who comes back. @returns null for everybody else */
async function readmit(ctx: CommandCtx, addressHash: Buffer, staff: NewStaff): Promise<string | null> {
  const { tx, keys } = ctx
  const isOurs = and(
    eq(users.emailHash, addressHash),
    ne(users.role, 'advisor'),
    inArray(users.status, ['unverified', 'suspended']),
  )
  const [found] = await tx.select({ id: users.id }).from(users).where(isOurs).for('no key update')
  if (!found) return null
  await outdateCredentials(tx, found.id, ctx.now())
  await tx.delete(schema.recoveryCodes).where(eq(schema.recoveryCodes.userId, found.id))
  const { email, fullName, role, passwordHash } = staff
  const sealed = sealPerson(keys, await keys.dataKeyOf(tx, found.id), found.id, { email, fullName })
  const noTotp = { totpSecret: null, totpEnrolledAt: null, totpConfirmedAt: null, totpLastStep: null }
  await tx
    .update(users)
    .set({ ...sealed, ...noTotp, role, passwordHash, status: 'unverified', emailVerifiedAt: null })
    .where(eq(users.id, found.id))
  return found.id
}

/**
 * At the start of an installation without any administrator: invites the one that its operator names. The others come by
 * invitation. Two processes may call it at once.
 *
 * @returns whether somebody was invited
 */
export async function inviteFirstAdmin(ctx: Ctx, email: string): Promise<boolean> {
  const administrators = and(eq(users.role, 'admin'), ne(users.status, 'suspended'))
  if ((await ctx.db.read.$count(users, administrators)) > 0) return false
  const admin = { email, fullName: 'First administrator', role: 'admin' as const }
  await recordStaff(ctx, { ...admin, passwordHash: await nobodysPassword(ctx) })
  return true
}
