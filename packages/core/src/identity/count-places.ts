import { type Queries, schema } from '@pramaan/db'
import { and, eq, gt } from 'drizzle-orm'
import { isPending } from './invitation.ts'

const { invitations, members } = schema

/** The people of a firm, and those who are invited and may still come: both take a place of its plan. */
export async function countPlaces(
  queries: Queries,
  advisorId: string,
  now: Date,
): Promise<{ people: number; invited: number }> {
  const isOpen = and(eq(invitations.advisorId, advisorId), isPending, gt(invitations.expiresAt, now))
  const [people, invited] = await Promise.all([
    queries.$count(members, eq(members.advisorId, advisorId)),
    queries.$count(invitations, isOpen),
  ])
  return { people, invited }
}
