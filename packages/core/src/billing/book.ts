import { schema } from '@pramaan/db'
import type { CommandCtx } from '../platform/context.ts'
import type { TaxSplit } from './rules/gst.ts'

const { ledgerEntries } = schema

/**
 * Books money that came (`in`) or went back (`out`) under its source, once: a second time is refused by the key, and what
 * does not add up to zero by the trigger.
 */
export async function book(
  ctx: CommandCtx,
  entry: { advisorId: string; source: string; direction: 'in' | 'out'; split: TaxSplit; occurredAt: Date },
): Promise<void> {
  const { advisorId, source, direction, split, occurredAt } = entry
  const sign = direction === 'in' ? 1 : -1
  const lines = [
    { account: 'razorpay', amountPaise: sign * split.grossPaise },
    { account: 'revenue', amountPaise: -sign * split.taxablePaise },
    { account: 'cgst', amountPaise: -sign * split.cgstPaise },
    { account: 'sgst', amountPaise: -sign * split.sgstPaise },
    { account: 'igst', amountPaise: -sign * split.igstPaise },
  ] as const
  await ctx.tx
    .insert(ledgerEntries)
    .values(
      lines
        .filter(({ amountPaise }) => amountPaise !== 0)
        .map((line) => ({ ...line, advisorId, source, occurredAt, recordedAt: ctx.now() })),
    )
}
