import type { schema } from '@pramaan/db'
import type { StaffView } from '@pramaan/shared'

type User = typeof schema.users.$inferSelect

const STATES: Record<User['status'], StaffView['state']> = {
  unverified: 'invited',
  active: 'active',
  suspended: 'suspended',
  // Only people of firms are erased.
  erased: 'suspended',
}

/** Somebody of ours, with address and name already opened. */
export const staffView = (
  user: Pick<User, 'role' | 'status' | 'createdAt' | 'lastSignInAt'> & Pick<StaffView, 'userId' | 'email' | 'fullName'>,
): StaffView => ({
  userId: user.userId,
  email: user.email,
  fullName: user.fullName,
  role: user.role as StaffView['role'],
  state: STATES[user.status],
  createdAt: user.createdAt.toISOString(),
  lastActive: user.lastSignInAt?.toISOString() ?? null,
})
