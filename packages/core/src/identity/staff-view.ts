import type { schema } from '@pramaan/db'
import type { StaffView } from '@pramaan/shared'

type User = typeof schema.users.$inferSelect

/** Somebody of ours, with address and name already opened. */
export const staffView = (
  user: Pick<User, 'role' | 'status' | 'createdAt' | 'lastSignInAt'> & Pick<StaffView, 'userId' | 'email' | 'fullName'>,
): StaffView => ({
  userId: user.userId,
  email: user.email,
  fullName: user.fullName,
  role: user.role as StaffView['role'],
  state: user.status === 'unverified' ? 'invited' : user.status,
  createdAt: user.createdAt.toISOString(),
  lastActive: user.lastSignInAt?.toISOString() ?? null,
})
