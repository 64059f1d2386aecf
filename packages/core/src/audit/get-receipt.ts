import { schema } from '@pramaan/db'
import { EventProofInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { receiptText } from './rules/receipt-text.ts'
import { signedNote } from './rules/signed-note.ts'

/**
 * A signed promise that an entry of the advisor is in the log or will be, also while it is not sealed yet. Kept outside, it
 * shows that the entry was taken out before any checkpoint knew of it.
 *
 * @throws AppError `not_found`
 */
export const getReceipt = query({
  name: 'audit.get_receipt',
  input: EventProofInput,
  async run(ctx, { id }) {
    const { auditEntries } = schema
    const [entry] = await ctx.db.read
      .select()
      .from(auditEntries)
      .where(and(eq(auditEntries.advisorId, advisorIdOf(ctx)), eq(auditEntries.id, BigInt(id))))
    if (!entry) throw notFound('entry')
    const { auditOrigin: origin } = ctx.settings
    const text = receiptText(origin, entry)
    return { receipt: signedNote(text, origin, ctx.keys.signCheckpoint(text)) }
  },
})
