import { schema } from '@pramaan/db'
import { OptOutInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { recordPreference } from './record-preference.ts'
import { recipientView } from './views.ts'

/**
 * Records that somebody wants no more messages: a row in the consent ledger, and what is queued for the person is
 * cancelled with that reason. Doing it twice changes nothing.
 *
 * @throws AppError `not_found`
 */
export const optOutRecipient = command({
  name: 'recipient.opt_out',
  input: OptOutInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const [row] = await ctx.tx
      .select()
      .from(schema.recipients)
      .where(and(eq(schema.recipients.advisorId, advisorId), eq(schema.recipients.id, input.id)))
    if (!row || row.state === 'erased') throw notFound('recipient')
    const recorded =
      row.state === 'opted_out'
        ? null
        : await recordPreference(ctx, {
            advisorId,
            recipientId: input.id,
            wants: 'stop',
            source: input.source,
            wording: 'Recorded by the advisor.',
            at: ctx.now(),
          })
    const output = await recipientView(ctx.keys, ctx.tx, recorded?.row ?? row)
    return recorded ? { output, audit: recorded.audit, jobs: recorded.jobs } : { output, unchanged: true }
  },
})
