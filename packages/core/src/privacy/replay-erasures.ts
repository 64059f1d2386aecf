import { schema } from '@pramaan/db'
import { ErasureSubject, Id, Time } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { readLedger } from '../platform/erasure-ledger.ts'
import { command } from '../platform/use-case.ts'
import { carryOut } from './run-erasure.ts'

const { erasures } = schema

/**
 * Erases again what a restored database still knows although it was erased after the moment of the backup. To be run
 * before anybody reads it. What was erased before that moment is found done.
 *
 * @throws Error when the ledger is missing or was altered
 */
export async function replayErasures(ctx: Ctx): Promise<{ listed: number; erased: number }> {
  const lines = await readLedger(ctx.keys, ctx.settings.erasureLedger)
  let erased = 0
  for (const line of lines) {
    const erasure = await admit(ctx, line)
    if (!erasure) continue
    await carryOut(ctx, erasure)
    erased += 1
  }
  return { listed: lines.length, erased }
}

/** @returns the erasure, made anew where the database does not know it; null when it is done */
const admit = command({
  name: 'erasure.replay',
  input: z.strictObject({
    erasureId: Id,
    advisorId: Id,
    subjectKind: ErasureSubject,
    subjectId: Id,
    requestedAt: Time,
  }),
  async run(ctx, { erasureId: id, requestedAt, ...subject }) {
    await ctx.tx
      .insert(erasures)
      .values({ ...subject, id, requestedAt: new Date(requestedAt) })
      .onConflictDoNothing()
    const [row] = await ctx.tx
      .select()
      .from(erasures)
      .where(
        and(
          eq(erasures.advisorId, subject.advisorId),
          eq(erasures.subjectKind, subject.subjectKind),
          eq(erasures.subjectId, subject.subjectId),
        ),
      )
    if (!row || row.state === 'erased') return { output: null, unchanged: true }
    return {
      output: row,
      audit: {
        action: 'erasure.replayed',
        objectType: row.subjectKind,
        objectId: row.subjectId,
        advisorId: row.advisorId,
        detail: { erasureId: row.id },
      },
    }
  },
})
