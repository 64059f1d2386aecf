import type { schema } from '@pramaan/db'
import type { PackView } from '@pramaan/shared'
import { stepsOf } from './pack-parts.ts'

/** A pack with what is there of it. */
export interface PackProgress {
  readonly pack: typeof schema.auditPacks.$inferSelect
  readonly files: number
  readonly rows: number
  readonly bytes: number
}

export function packView({ pack, files, rows, bytes }: PackProgress): PackView {
  const { id, state, recipient, reason, kinds, failure } = pack
  return {
    id,
    state,
    from: pack.periodFrom.toISOString(),
    until: pack.periodUntil.toISOString(),
    recipient,
    reason,
    kinds,
    progress: { percent: percentOf(pack), files, rows, bytes },
    failure,
    requestedAt: pack.createdAt.toISOString(),
    finishedAt: pack.finishedAt?.toISOString() ?? null,
    availableUntil: pack.availableUntil.toISOString(),
  }
}

/** The entries of the log take about as long as all else, so that they count for half of the way. */
function percentOf({ after, firstSequence, kinds, lastSequence, state, step }: PackProgress['pack']): number {
  if (state === 'ready' || state === 'deleted') return 100
  if (step === null || firstSequence === null || lastSequence === null) return 0
  const entries = lastSequence - firstSequence + 1
  if (step === 'entries') return after === null ? 0 : Math.floor((50 * (Number(after) - firstSequence + 1)) / entries)
  const steps = stepsOf(kinds)
  return step === 'checkpoint' ? 0 : 50 + Math.floor((50 * steps.indexOf(step)) / steps.length)
}
