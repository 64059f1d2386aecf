import { type Queries, schema } from '@pramaan/db'
import { and, eq, inArray } from 'drizzle-orm'

const { refunds } = schema

/** How many refunds of a firm are asked for and neither with it nor refused: each of them ends in a credit note. */
export const refundsUnderWay = (queries: Queries, advisorId: string): Promise<number> =>
  queries.$count(
    refunds,
    and(eq(refunds.advisorId, advisorId), inArray(refunds.state, ['awaiting_approval', 'requested', 'created'])),
  )
