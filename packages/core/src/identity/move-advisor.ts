import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import type { Result } from '../platform/use-case.ts'
import { noticeJob } from './notice-jobs.ts'

const { advisors } = schema

type Status = 'active' | 'suspended'

/** Suspends or restores a firm; the loser of a race is told. @throws AppError `not_found`, `invalid_state` */
export async function moveAdvisor(
  ctx: CommandCtx,
  id: string,
  to: Status,
  reason: string | undefined,
): Promise<Result<{ id: string; status: Status }>> {
  const moved = await ctx.tx
    .update(advisors)
    .set({ status: to })
    .where(and(eq(advisors.id, id), eq(advisors.status, to === 'suspended' ? 'active' : 'suspended')))
    .returning({ id: advisors.id })
  if (moved.length === 0) {
    if ((await ctx.tx.$count(advisors, eq(advisors.id, id))) === 0) throw notFound('advisor')
    throw new AppError('invalid_state', `This advisor is ${to} already, or erased.`)
  }
  const isSuspension = to === 'suspended'
  return {
    output: { id, status: to },
    audit: {
      action: isSuspension ? 'advisor.suspended' : 'advisor.restored',
      objectType: 'advisor',
      objectId: id,
      advisorId: id,
      from: isSuspension ? 'active' : 'suspended',
      to,
      ...(reason === undefined ? {} : { reason }),
    },
    jobs: [
      noticeJob.with({
        kind: 'notice',
        noticeId: ctx.newId(),
        topic: isSuspension ? 'advisor_suspended' : 'advisor_restored',
        advisorId: id,
        objectId: id,
      }),
    ],
  }
}
