import { schema, type Tx } from '@pramaan/db'
import { AddMemberInput } from '@pramaan/shared'
import { and, eq, notExists } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf, type CommandCtx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { member } from '../platform/permissions.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { outdateCredentials } from './outdate-credentials.ts'
import { passwordsOf } from './passwords.ts'
import { insertUser, sealPerson } from './person.ts'
import { requireGoodPassword } from './require-good-password.ts'

const { members, users } = schema

/**
 * Adds somebody to the firm, with a first password. They can sign in once they have confirmed the address by mail.
 *
 * @throws AppError `conflict` when the address belongs to somebody already, `password_refused`, `rate_limited`
 */
export const addMember = steps({
  name: 'member.add',
  input: AddMemberInput,
  allow: member('owner'),
  async run(ctx, { password, ...person }) {
    requireGoodPassword(password, false, person)
    await limitMails(ctx, hashAddress(ctx.keys, person.email))
    return insertMember(ctx, { ...person, passwordHash: await passwordsOf(ctx).hash(password) })
  },
})

const insertMember = command({
  name: 'member.add',
  input: AddMemberInput.omit({ password: true }).extend({ passwordHash: z.string() }),
  allow: member('owner'),
  async run(ctx, { email, fullName, passwordHash }) {
    const advisorId = advisorIdOf(ctx)
    const addressHash = hashAddress(ctx.keys, email)
    const person = { addressHash, email, fullName, passwordHash }
    const userId = (await readmit(ctx, person)) ?? (await insertNew(ctx, person))
    const [row] = await ctx.tx
      .insert(members)
      .values({ advisorId, userId, role: 'member' })
      .returning({ joinedAt: members.createdAt })
    return {
      output: {
        userId,
        email,
        fullName,
        role: 'member' as const,
        joinedAt: (row?.joinedAt ?? ctx.now()).toISOString(),
      },
      audit: { action: 'member.added', objectType: 'user', objectId: userId, to: 'member' },
      jobs: [sendMailJob.with({ kind: 'confirm_address', addressHash: addressId(addressHash), mailId: ctx.newId() })],
    }
  },
})

interface NewPerson {
  addressHash: Buffer
  email: string
  fullName: string
  passwordHash: string
}

async function insertNew(ctx: CommandCtx, person: NewPerson): Promise<string> {
  const userId = ctx.newId()
  const key = await ctx.keys.createDataKey(ctx.tx, userId)
  const user = { userId, ...person, role: 'advisor' as const, status: 'unverified' as const, emailVerifiedAt: null }
  if (!(await insertUser(ctx.keys, ctx.tx, key, user))) {
    throw new AppError('conflict', 'This address cannot be added: it has an account already. Use another address.')
  }
  return userId
}

/**
 * Somebody who was removed from a firm comes back, or joins another one, as new: new name, new password, and the
 * address to be confirmed again. @returns null when the address is not of such a person
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
    .set({ ...sealed, passwordHash, status: 'unverified', emailVerifiedAt: null })
    .where(eq(users.id, removed.id))
  return removed.id
}

const isNoMember = (tx: Tx) =>
  notExists(tx.select({ id: members.userId }).from(members).where(eq(members.userId, users.id)))
