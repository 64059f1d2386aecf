import { schema } from '@pramaan/db'
import { EraseInput, EraseRecipientInput, ErasureSubject, type ErasureView, Id } from '@pramaan/shared'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import { lastIssuedAt } from '../billing/index.ts'
import { lastSentAt } from '../delivery/index.ts'
import { hasOtherOwner, readAdvisor, requireOwnPassword } from '../identity/index.ts'
import { actorIdOf, advisorIdOf, type CommandCtx, userIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, type Result, steps } from '../platform/use-case.ts'
import { type ErasureRow, erasureView } from './erasure-view.ts'
import { eraseJob } from './jobs.ts'
import { invoiceRetention, retentionsOf } from './rules/retention.ts'

const { erasures, recipients } = schema

/**
 * Asks for the erasure of the caller: of the whole firm where they are its last owner, else of themselves. The answer
 * says what goes at once and what a law keeps, under which clause and until when; the job does it.
 *
 * @throws AppError `invalid_credentials`, `rate_limited`
 */
export const eraseAccount = steps({
  name: 'privacy.erase',
  input: EraseInput,
  async run(ctx, { password }): Promise<ErasureView> {
    await requireOwnPassword(ctx, password, 'erasure.refused')
    const [advisorId, userId] = [advisorIdOf(ctx), userIdOf(ctx)]
    const isOwner = ctx.actor.kind === 'user' && ctx.actor.memberRole === 'owner'
    const closes = isOwner && !(await hasOtherOwner(ctx.db.read, advisorId, userId))
    return requestOwn(ctx, closes ? { kind: 'advisor', id: advisorId } : { kind: 'person', id: userId })
  },
})

const requestOwn = command({
  name: 'privacy.erase',
  input: z.strictObject({ kind: ErasureSubject, id: Id }),
  run: (ctx, subject) => request(ctx, subject),
})

/** Asks for the erasure of a client who wants to be forgotten. @throws AppError `not_found` */
export const eraseRecipient = command({
  name: 'privacy.erase_recipient',
  input: EraseRecipientInput,
  async run(ctx, { id }) {
    const isTheirs = and(eq(recipients.advisorId, advisorIdOf(ctx)), eq(recipients.id, id))
    const found = await ctx.tx.$count(recipients, and(isTheirs, ne(recipients.state, 'erased')))
    if (found === 0) throw notFound('recipient')
    return request(ctx, { kind: 'recipient', id })
  },
})

/** One request for each subject: asking again shows the first. */
async function request(
  ctx: CommandCtx,
  subject: { kind: ErasureRow['subjectKind']; id: string },
): Promise<Result<ErasureView>> {
  const advisorId = advisorIdOf(ctx)
  const row: ErasureRow = {
    advisorId,
    id: ctx.newId(),
    subjectKind: subject.kind,
    subjectId: subject.id,
    state: 'requested',
    requestedBy: actorIdOf(ctx.actor),
    requestedAt: ctx.now(),
    erasedAt: null,
  }
  const [[inserted], expected] = await Promise.all([
    ctx.tx.insert(erasures).values(row).onConflictDoNothing().returning(),
    expectedRetentions(ctx, advisorId, subject.kind),
  ])
  if (!inserted) {
    const isSame = and(eq(erasures.subjectKind, subject.kind), eq(erasures.subjectId, subject.id))
    const [earlier] = await ctx.tx
      .select()
      .from(erasures)
      .where(and(eq(erasures.advisorId, advisorId), isSame))
    return { output: erasureView(earlier ?? row, expected), unchanged: true }
  }
  return {
    output: erasureView(inserted, expected),
    audit: {
      action: 'erasure.requested',
      objectType: subject.kind,
      objectId: subject.id,
      detail: { erasureId: row.id, retains: expected.map(({ clause, until }) => ({ clause, until })) },
    },
    jobs: [eraseJob.with({ advisorId, erasureId: row.id })],
  }
}

/** What will be retained at the most: by what the firm sent last, as single people are looked at by the job. */
async function expectedRetentions(ctx: CommandCtx, advisorId: string, kind: ErasureRow['subjectKind']) {
  const [firm, sentAt] = await Promise.all([readAdvisor(ctx.tx, advisorId), lastSentAt(ctx.tx, advisorId)])
  const licences = firm?.licences.map(({ type }) => type) ?? []
  const ofPeople = retentionsOf({ licences, lastSentAt: sentAt, now: ctx.now() }).map((retention) => ({
    ...retention,
    what: 'who the people in the record of communications are',
  }))
  const ofBooks = kind === 'advisor' ? await expectedOfInvoices(ctx, advisorId) : []
  return [...ofPeople, ...ofBooks].map((retention) => ({ ...retention, shreddedAt: null }))
}

/** Until the last of them is past its time. */
async function expectedOfInvoices(ctx: CommandCtx, advisorId: string) {
  const issuedAt = await lastIssuedAt(ctx.tx, advisorId)
  const retention = issuedAt && invoiceRetention(issuedAt, ctx.now())
  return retention ? [{ ...retention, what: 'tax invoices and credit notes' }] : []
}
