import { schema, type Tx } from '@pramaan/db'
import { ConfirmEmailInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { command, steps } from '../platform/use-case.ts'
import { addressId } from './address.ts'
import { sendMailJob } from './jobs.ts'
import { sealRecipient } from './mail-recipient.ts'
import { forgetSessions, outdateCredentials } from './outdate-credentials.ts'
import { findAccount } from './own-account.ts'
import { openPendingEmail, openPerson, sealPerson } from './person.ts'
import { invalidToken, ownerOfEmailToken, spendEmailToken } from './spend-email-token.ts'

const { users } = schema

/**
 * Makes the new address the one that a person signs in with, by the token that was mailed to it: once, and within its
 * hour. Every session ends, and the old address gets a notice.
 *
 * @throws AppError `invalid_token`
 */
export const confirmEmailChange = steps({
  name: 'email.confirm_change',
  input: ConfirmEmailInput,
  async run(ctx, { token }) {
    const userId = await ownerOfEmailToken(ctx.db.read, token, 'change', ctx.now())
    const done = await setAddress({ ...ctx, idempotency: undefined }, { token })
    await forgetSessions(ctx, userId)
    return done
  },
})

const setAddress = command({
  name: 'email.confirm_change',
  input: ConfirmEmailInput,
  async run(ctx, { token }) {
    const { tx, keys } = ctx
    const { userId, addressHash } = await spendEmailToken(tx, token, 'change', ctx.now())
    const pending = await findPending(tx, userId)
    if (!pending?.email || !pending.hash || !addressHash?.equals(pending.hash)) throw invalidToken()
    if (await isTaken(tx, pending.hash)) throw invalidToken()
    const account = await findAccount(tx, userId)
    const before = await openPerson(keys, tx, account)
    const email = await openPendingEmail(keys, tx, userId, pending.email)
    const sealed = sealPerson(keys, await keys.dataKeyOf(tx, userId), userId, { ...before, email })
    await tx
      .update(users)
      .set({ emailHash: pending.hash, email: sealed.email, pendingEmail: null, pendingEmailHash: null })
      .where(and(eq(users.id, userId), eq(users.status, 'active')))
    await outdateCredentials(tx, userId, ctx.now())
    const mailId = ctx.newId()
    const notice = {
      kind: 'email_changed',
      addressHash: addressId(pending.hash),
      mailId,
      recipient: sealRecipient(keys, mailId, before.email),
    } as const
    return {
      output: { done: true as const },
      audit: {
        action: 'email.changed',
        objectType: 'user',
        objectId: userId,
        ...(account.advisorId ? { advisorId: account.advisorId } : {}),
        from: addressId(account.emailHash),
        to: addressId(pending.hash),
      },
      jobs: [sendMailJob.with(notice)],
    }
  },
})

const findPending = async (tx: Tx, userId: string) =>
  (
    await tx
      .select({ email: users.pendingEmail, hash: users.pendingEmailHash })
      .from(users)
      .where(and(eq(users.id, userId), eq(users.status, 'active')))
      .for('no key update')
  )[0]

/** Somebody may have registered the address meanwhile; if it happens in this very moment, the unique key decides. */
const isTaken = async (tx: Tx, addressHash: Buffer) =>
  (await tx.select({ id: users.id }).from(users).where(eq(users.emailHash, addressHash))).length > 0
