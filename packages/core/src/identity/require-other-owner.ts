import { schema, type Tx } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { AppError } from '../platform/errors.ts'

const { members } = schema

/**
 * Before somebody stops being an owner. All owners are locked, so that two who remove or demote each other at once do
 * not leave the firm without one.
 *
 * @throws AppError `invalid_state` for the last owner
 */
export async function requireOtherOwner(tx: Tx, advisorId: string, userId: string): Promise<void> {
  const owners = await tx
    .select({ userId: members.userId })
    .from(members)
    .where(and(eq(members.advisorId, advisorId), eq(members.role, 'owner')))
    .orderBy(members.userId)
    .for('update')
  if (owners.every((owner) => owner.userId === userId)) {
    throw new AppError('invalid_state', 'The firm needs an owner. Make somebody else an owner first.')
  }
}
