import { schema } from '@pramaan/db'
import { and, eq, ne } from 'drizzle-orm'
import { z } from 'zod'
import { forgetPacks } from '../audit/index.ts'
import { giveUpSubscriptions, refundsUnderWay } from '../billing/index.ts'
import { forgetFingerprints } from '../compliance/index.ts'
import { forgetRecipient, giveUpNumber, knownRecipients, lastSentAt, revokeAtMeta } from '../delivery/index.ts'
import { closeFirm, forgetPerson, forgetSessions, peopleOf, readAdvisor } from '../identity/index.ts'
import { type AuditEntry, type CommandCtx, type Ctx, withinFirm } from '../platform/context.ts'
import { appendToLedger } from '../platform/erasure-ledger.ts'
import { command } from '../platform/use-case.ts'
import type { ErasureRow } from './erasure-view.ts'
import { eraseJob } from './jobs.ts'
import { holdOn } from './legal-holds.ts'
import { retain, retainInvoices } from './retain.ts'

const { erasures, grievances, nominations } = schema

const BATCH = 200
/** A message is with WhatsApp: its outcome is known within hours, mostly within seconds. */
const AGAIN_MS = 10 * 60_000
/** Money that goes back takes days, and its credit note is sealed under the key that the closing destroys. */
const REFUND_AGAIN_MS = 6 * 3_600_000

/**
 * Job `privacy.erase`: writes the erasure into the ledger outside of the database, then destroys, step by step and each
 * in a transaction of its own with its audit entry. A run that was killed is repeated, and finds done what is done.
 */
export async function runErasure(ctx: Ctx, payload: unknown): Promise<void> {
  const erasure = await begin(ctx, eraseJob.payload.parse(payload))
  if (!erasure) return
  const { advisorId, id: erasureId, subjectKind, subjectId, requestedAt } = erasure
  const line = { erasureId, advisorId, subjectKind, subjectId, requestedAt: requestedAt.toISOString() }
  await appendToLedger(ctx.keys, ctx.settings.erasureLedger, line)
  if (subjectKind === 'advisor') {
    await revokeAtMeta(withinFirm(ctx, advisorId), advisorId)
    await giveUpSubscriptions(ctx, advisorId)
  }
  await carryOut(ctx, erasure)
}

/** Everything behind ledger and vendors, of which a recovery repeats what the database has forgotten. */
export async function carryOut(caller: Ctx, erasure: ErasureRow): Promise<void> {
  const { advisorId, id: erasureId, subjectKind, subjectId } = erasure
  const ctx = withinFirm(caller, advisorId)
  const step = { advisorId, erasureId }
  let open = 0
  if (subjectKind === 'recipient') open += await eraseOneRecipient(ctx, { ...step, recipientId: subjectId })
  if (subjectKind === 'person') await eraseOnePerson(ctx, { ...step, userId: subjectId })
  if (subjectKind === 'advisor') {
    await giveUpNumber(ctx, { advisorId })
    for (let after: string | null = null; ; ) {
      const page: string[] = await knownRecipients(ctx.db.read, advisorId, { after, limit: BATCH })
      for (const recipientId of page) open += await eraseOneRecipient(ctx, { ...step, recipientId })
      after = page.at(-1) ?? null
      if (page.length < BATCH) break
    }
    for (const userId of await peopleOf(ctx.db.read, advisorId)) await eraseOnePerson(ctx, { ...step, userId })
  }
  await forgetPacks(ctx, advisorId, subjectKind === 'advisor')
  await finish(ctx, { ...step, open })
}

const Step = z.strictObject({ advisorId: z.uuid(), erasureId: z.uuid() })
const isErasure = ({ advisorId, erasureId }: z.output<typeof Step>) =>
  and(eq(erasures.advisorId, advisorId), eq(erasures.id, erasureId))

/** @returns the erasure, when it may be carried out now */
const begin = command({
  name: 'erasure.begin',
  input: eraseJob.payload,
  async run(ctx, step) {
    const [row] = await ctx.tx
      .select()
      .from(erasures)
      .where(and(isErasure(step), ne(erasures.state, 'erased')))
      .for('update')
    if (!row) return { output: null, unchanged: true }
    const hold = await holdOn(ctx.tx, row)
    if (hold === null) return { output: row, unchanged: true }
    if (row.state === 'held') return { output: null, unchanged: true }
    await ctx.tx.update(erasures).set({ state: 'held' }).where(isErasure(step))
    return {
      output: null,
      audit: entryOf(row, { action: 'erasure.held', from: row.state, to: 'held', reason: 'legal_hold', detail: hold }),
    }
  },
})

/** @returns 1 when a message to them is with WhatsApp, so that it has to wait */
const eraseOneRecipient = command({
  name: 'erasure.erase_recipient',
  input: Step.extend({ recipientId: z.uuid() }),
  async run(ctx, { advisorId, erasureId, recipientId }) {
    const forgotten = await forgetRecipient(ctx, { advisorId, recipientId })
    if (forgotten === null) return { output: 0, unchanged: true }
    if (forgotten === 'in_flight') return { output: 1, unchanged: true }
    const { phone, name, jobs } = forgotten
    const subject = { kind: 'recipient' as const, id: recipientId, lastSentAt: forgotten.lastSentAt }
    const retains = await retain(ctx, { advisorId, id: erasureId }, { ...subject, identity: { phone, name } })
    return {
      output: 0,
      audit: {
        action: 'recipient.erased',
        objectType: 'recipient',
        objectId: recipientId,
        advisorId,
        to: 'erased',
        detail: { erasureId, retains },
      },
      jobs,
    }
  },
})

const forgetOnePerson = command({
  name: 'erasure.erase_person',
  input: Step.extend({ userId: z.uuid() }),
  async run(ctx, { advisorId, erasureId, userId }) {
    const person = await forgetPerson(ctx, userId)
    if (person === null) return { output: null, unchanged: true }
    await ctx.tx.delete(nominations).where(eq(nominations.userId, userId))
    // Nobody can read them any more, and nobody is left to be answered.
    await ctx.tx
      .update(grievances)
      .set({ state: 'answered' })
      .where(and(eq(grievances.userId, userId), eq(grievances.state, 'open')))
    const { email, fullName } = person
    const subject = { kind: 'person' as const, id: userId, lastSentAt: await lastSentAt(ctx.tx, advisorId) }
    const retains = await retain(ctx, { advisorId, id: erasureId }, { ...subject, identity: { email, name: fullName } })
    return {
      output: null,
      audit: {
        action: 'person.erased',
        objectType: 'user',
        objectId: userId,
        advisorId,
        to: 'erased',
        detail: { erasureId, retains },
      },
    }
  },
})

async function eraseOnePerson(ctx: Ctx, step: { advisorId: string; erasureId: string; userId: string }): Promise<void> {
  await forgetOnePerson(ctx, step)
  await forgetSessions(ctx, step.userId)
}

/** Closes the firm where it was one, and says that it is done; or comes again when a message or a refund was under way. */
const finish = command({
  name: 'erasure.finish',
  input: Step.extend({ open: z.int() }),
  async run(ctx, { open, ...step }) {
    const [row] = await ctx.tx.select().from(erasures).where(isErasure(step)).for('update')
    if (!row || row.state === 'erased') return { output: null, unchanged: true }
    const again = (reason: string, detail: Record<string, unknown>, afterMs: number) => ({
      output: null,
      audit: entryOf(row, { action: 'erasure.waits', reason, detail }),
      jobs: [eraseJob.with(step, { startAfter: new Date(ctx.now().getTime() + afterMs) })],
    })
    if (open > 0) return again('messages_under_way', { open }, AGAIN_MS)
    const refunds = row.subjectKind === 'advisor' ? await refundsUnderWay(ctx.tx, row.advisorId) : 0
    if (refunds > 0) return again('refunds_under_way', { refunds }, REFUND_AGAIN_MS)
    const retains = row.subjectKind === 'advisor' ? await close(ctx, row) : []
    await ctx.tx.update(erasures).set({ state: 'erased', erasedAt: ctx.now() }).where(isErasure(step))
    return {
      output: null,
      audit: entryOf(row, { action: 'erased', from: row.state, to: 'erased', detail: { retains } }),
    }
  },
})

/** Closes the firm, once; its invoices are locked away before their key goes. */
async function close(ctx: CommandCtx, erasure: ErasureRow) {
  const { advisorId } = erasure
  const firm = await readAdvisor(ctx.tx, advisorId)
  if (!firm || firm.status === 'erased') return []
  const retains = await retainInvoices(ctx, erasure)
  await forgetFingerprints(ctx.tx, advisorId)
  await closeFirm(ctx, advisorId)
  return retains
}

const entryOf = (row: ErasureRow, entry: Omit<AuditEntry, 'objectType' | 'objectId' | 'advisorId'>): AuditEntry => ({
  ...entry,
  objectType: row.subjectKind,
  objectId: row.subjectId,
  advisorId: row.advisorId,
  detail: { ...entry.detail, erasureId: row.id },
})
