import { type Queries, schema } from '@pramaan/db'
import { and, asc, eq, gt, max, ne, sql } from 'drizzle-orm'

const { deliveries, recipients } = schema

/** The ids of recipients who are not erased, in the order of the ids. */
export async function knownRecipients(
  queries: Queries,
  advisorId: string,
  page: { after: string | null; limit: number },
): Promise<string[]> {
  const rows = await queries
    .select({ id: recipients.id })
    .from(recipients)
    .where(
      and(
        eq(recipients.advisorId, advisorId),
        ne(recipients.state, 'erased'),
        page.after === null ? undefined : gt(recipients.id, page.after),
      ),
    )
    .orderBy(asc(recipients.id))
    .limit(page.limit)
  return rows.map(({ id }) => id)
}

/** When a message of the firm last went to anybody; null when none ever did. */
export async function lastSentAt(queries: Queries, advisorId: string): Promise<Date | null> {
  const [row] = await queries
    .select({ at: max(sql`coalesce(${deliveries.sentAt}, ${deliveries.acceptedAt})`).mapWith(deliveries.sentAt) })
    .from(deliveries)
    .where(eq(deliveries.advisorId, advisorId))
  return row?.at ?? null
}
