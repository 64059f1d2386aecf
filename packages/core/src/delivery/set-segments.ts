import { schema } from '@pramaan/db'
import { SetSegmentsInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { recipientView } from './views.ts'

/** Puts a recipient into exactly these segments. @throws AppError `not_found` */
export const setSegments = command({
  name: 'recipient.set_segments',
  input: SetSegmentsInput,
  async run(ctx, { id, segments }) {
    const advisorId = advisorIdOf(ctx)
    const { recipients } = schema
    const wanted = [...new Set(segments)].sort()
    const [row] = await ctx.tx
      .update(recipients)
      .set({ segments: wanted, updatedAt: ctx.now() })
      .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, id)))
      .returning()
    if (!row) throw notFound('recipient')
    return {
      output: await recipientView(ctx.keys, ctx.tx, row),
      audit: { action: 'recipient.segments_set', objectType: 'recipient', objectId: id, detail: { segments: wanted } },
    }
  },
})
