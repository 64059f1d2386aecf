import { type Queries, ReplicaAway } from '@pramaan/db'
import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'

/** What was read, where, and up to which moment (RFC 3339, UTC) it is complete. */
export interface Reading<Result> {
  asOf: string
  source: 'replica' | 'primary'
  result: Result
}

/**
 * The one way analytics reads: a read-only transaction over connections of its own, all of whose statements see the same
 * moment, the rows that the context may see, and no personal data. Statements run one after another; one that takes too
 * long is ended. On the replica where there is one; `packages/db/src/reports.ts` says what happens while it is away.
 *
 * @throws AppError `unavailable` when a statement took too long, or when all firms are looked over and the replica is away
 */
export async function report<Result>(
  ctx: Pick<Ctx, 'db'>,
  read: (queries: Queries) => Promise<Result>,
): Promise<Reading<Result>> {
  try {
    const { asOf, source, result } = await ctx.db.report(read)
    return { asOf: asOf.toISOString(), source, result }
  } catch (error) {
    if (wasEnded(error)) {
      throw new AppError('unavailable', 'This takes too long to count just now. Ask for a shorter time, or later.', {
        cause: error,
      })
    }
    if (error instanceof ReplicaAway) {
      throw new AppError('unavailable', 'The copy of the database that counts this is away. Try again in a minute.', {
        cause: error,
      })
    }
    throw error
  }
}

/** PostgreSQL's `query_canceled`: the statement ran into its limit. */
const wasEnded = (error: unknown): boolean =>
  error instanceof Error && ((error as { code?: unknown }).code === '57014' || wasEnded(error.cause))
