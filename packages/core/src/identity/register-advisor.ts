import { randomBytes } from 'node:crypto'
import { schema } from '@pramaan/db'
import { RegisterInput } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { passwordsOf } from './passwords.ts'
import { insertUser } from './person.ts'
import { requireGoodPassword } from './require-good-password.ts'

/**
 * Opens an account: the advisor, its owner and the licences it claims. The owner confirms the address by mail.
 *
 * A known address gets the same answer after the same work, with ids of nobody, and the person behind it a mail that
 * says what happened.
 *
 * @throws AppError `password_refused`, `rate_limited`
 */
export const registerAdvisor = steps({
  name: 'advisor.register',
  input: RegisterInput,
  async run(ctx, { password, ...account }) {
    requireGoodPassword(password, false, { ...account, firm: account.advisor.displayName })
    await limitMails(ctx, hashAddress(ctx.keys, account.email))
    const passwordHash = await passwordsOf(ctx).hash(password)
    return openAccount(ctx, { ...account, passwordHash })
  },
})

const OpenAccountInput = RegisterInput.omit({ password: true }).extend({ passwordHash: z.string() })

const openAccount = command({
  name: 'advisor.register',
  input: OpenAccountInput,
  async run(ctx, input) {
    const addressHash = hashAddress(ctx.keys, input.email)
    const ids = { userId: ctx.newId(), advisorId: ctx.newId() }
    await ctx.tx.execute(sql`savepoint registration`)
    const isNew = await insertAccount(ctx, ids, addressHash, input)
    await ctx.tx.execute(isNew ? sql`release savepoint registration` : sql`rollback to savepoint registration`)
    const kind = isNew ? 'confirm_address' : 'registration_repeated'
    return {
      output: { ...ids, emailVerification: 'sent' as const },
      audit: isNew ? registered(ids, input) : repeated(addressHash),
      jobs: [sendMailJob.with({ kind, addressHash: addressId(addressHash), mailId: ctx.newId() })],
    }
  },
})

type Ids = { userId: string; advisorId: string }

/**
 * @returns false when the address is taken. All is written even then, under a look-up hash of nobody, for the caller to
 * roll back: how long the answer takes must not tell who has an account.
 */
async function insertAccount(
  ctx: CommandCtx,
  { userId, advisorId }: Ids,
  addressHash: Buffer,
  input: z.output<typeof OpenAccountInput>,
): Promise<boolean> {
  const { tx, keys } = ctx
  const { email, fullName, passwordHash, advisor } = input
  const key = await keys.createDataKey(tx, userId)
  const status = 'unverified' as const
  const user = { userId, addressHash, email, fullName, passwordHash, role: 'advisor' as const, status }
  const isNew = await insertUser(keys, tx, key, { ...user, emailVerifiedAt: null })
  // One insert that is taken and one that is not, in either case.
  const again = isNew ? { ...user, userId: ctx.newId() } : { ...user, addressHash: randomBytes(32) }
  await insertUser(keys, tx, key, { ...again, emailVerifiedAt: null })
  await keys.createDataKey(tx, advisorId)
  await tx.insert(schema.advisors).values({ id: advisorId, displayName: advisor.displayName })
  await tx.insert(schema.members).values({ advisorId, userId, role: 'owner' })
  await tx
    .insert(schema.licences)
    .values(advisor.licences.map((claim) => ({ advisorId, id: ctx.newId(), ...claim })))
    .onConflictDoNothing()
  return isNew
}

const registered = ({ userId, advisorId }: Ids, input: z.output<typeof OpenAccountInput>): AuditEntry => ({
  action: 'advisor.registered',
  objectType: 'advisor',
  objectId: advisorId,
  advisorId,
  detail: { ownerId: userId, claimed: input.advisor.licences.map(({ type }) => type), termsAccepted: true },
})

const repeated = (addressHash: Buffer): AuditEntry => ({
  action: 'registration.repeated',
  objectType: 'address',
  objectId: addressId(addressHash),
})
