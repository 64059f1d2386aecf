import { type Queries, schema } from '@pramaan/db'
import type { ErasureSubject, ErasureView } from '@pramaan/shared'
import { and, asc, eq, inArray } from 'drizzle-orm'

const { retentions } = schema
export type ErasureRow = typeof schema.erasures.$inferSelect
type RetentionRow = Pick<typeof retentions.$inferSelect, 'what' | 'clause' | 'until' | 'shreddedAt'>

/** What goes at once, in words for the person. */
const ERASES: Record<ErasureSubject, string[]> = {
  recipient: ['phone number', 'name', 'messages that were still to be sent'],
  person: [
    'e-mail address and name',
    'password, second factor and recovery codes',
    'every sign-in on every device',
    'nominee, grievances and settings',
  ],
  advisor: [
    'e-mail addresses, names, passwords and sign-ins of all people of the firm',
    'phone numbers and names of all recipients',
    'campaigns that were still to be sent',
    'the WhatsApp connection, its token here and at Meta',
    'the subscription, here and at Razorpay, with what is left of its period',
    'API keys and invitations',
    'documents that were handed in to show licences',
  ],
}

export const erasureView = (row: ErasureRow, retained: RetentionRow[]): ErasureView => ({
  id: row.id,
  subject: { kind: row.subjectKind, id: row.subjectId },
  state: row.state,
  requestedAt: row.requestedAt.toISOString(),
  erasedAt: row.erasedAt?.toISOString() ?? null,
  erases: ERASES[row.subjectKind],
  retains: retained.map(({ what, clause, until, shreddedAt }) => ({
    what,
    clause,
    until: until.toISOString(),
    shreddedAt: shreddedAt?.toISOString() ?? null,
  })),
})

/** Erasures with what is retained of each. */
export async function withRetentions(queries: Queries, advisorId: string, rows: ErasureRow[]): Promise<ErasureView[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const retained = await queries
    .select({
      erasureId: retentions.erasureId,
      what: retentions.what,
      clause: retentions.clause,
      until: retentions.until,
      shreddedAt: retentions.shreddedAt,
    })
    .from(retentions)
    .where(and(eq(retentions.advisorId, advisorId), inArray(retentions.erasureId, ids)))
    .orderBy(asc(retentions.id))
  return rows.map((row) =>
    erasureView(
      row,
      retained.filter(({ erasureId }) => erasureId === row.id),
    ),
  )
}
