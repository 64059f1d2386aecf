/** What a live sign-in knows. `handle` is the hash under which it is stored: safe to show, useless as a credential. */
export interface SessionRecord {
  handle: string
  userId: string
  credentialVersion: number
  userAgent: string
  createdAt: Date
  expiresAt: Date
}

/** The record of live sign-ins. Losing it signs everybody out and lets nobody in. Implemented in `identity`. */
export interface SessionStore {
  /** `secret` is the cookie's value, known only to the client. */
  create(
    user: { userId: string; credentialVersion: number },
    from: { userAgent: string },
  ): Promise<{ secret: string; session: SessionRecord }>
  findBySecret(secret: string): Promise<SessionRecord | null>
  findByHandle(handle: string): Promise<SessionRecord | null>
  list(userId: string): Promise<SessionRecord[]>
  end(handle: string): Promise<void>
  endAll(userId: string): Promise<void>
}
