import { schema } from '@pramaan/db'
import type { LicenceView } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import type { Result } from '../platform/use-case.ts'
import { viewOfLicence } from './licence-rows.ts'
import { noticeJob } from './notice-jobs.ts'
import { type LicenceEvent, moveLicenceState } from './rules/licence.ts'

const { licences } = schema

/**
 * Moves a licence by an administrator's decision. The loser of a race finds another state and is told so. The entry
 * stands in the advisor's log, because it is about their licence.
 *
 * @throws AppError `not_found`, `invalid_state`
 */
export async function moveLicence(
  ctx: CommandCtx,
  id: string,
  event: LicenceEvent,
  decision: { note?: string | undefined; validUntil?: Date | null },
): Promise<Result<LicenceView>> {
  const [found] = await ctx.tx.select().from(licences).where(eq(licences.id, id))
  if (!found) throw notFound('licence')
  const to = moveLicenceState(found.state, event, 'admin')
  const where = and(eq(licences.advisorId, found.advisorId), eq(licences.id, id), eq(licences.state, found.state))
  const validUntil = decision.validUntil === undefined ? found.validUntil : decision.validUntil
  const moved = to
    ? await ctx.tx.update(licences).set({ state: to, validUntil, decidedAt: ctx.now() }).where(where).returning()
    : []
  const [row] = moved
  if (!row) {
    throw new AppError('invalid_state', `This licence is ${found.state} or was just decided on. Look at it again.`)
  }
  return {
    output: viewOfLicence(row),
    audit: {
      action: row.state === 'verified' ? 'licence.verified' : 'licence.refused',
      objectType: 'licence',
      objectId: id,
      advisorId: row.advisorId,
      from: found.state,
      to: row.state,
      ...(decision.note === undefined ? {} : { reason: decision.note }),
    },
    jobs: [
      noticeJob.with({
        kind: 'notice',
        noticeId: ctx.newId(),
        topic: row.state === 'verified' ? 'licence_verified' : 'licence_refused',
        advisorId: row.advisorId,
        objectId: id,
      }),
    ],
  }
}
