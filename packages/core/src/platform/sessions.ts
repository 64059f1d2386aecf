/** What a live sign-in knows. `handle` is the hash under which it is stored: safe to show, useless as a credential. */
export interface SessionRecord {
  handle: string
  userId: string
  credentialVersion: number
  userAgent: string
  createdAt: Date
  expiresAt: Date
  /** When the person last proved who they are: at sign-in or by a step-up. 1970 where nobody knows. */
  steppedUpAt: Date
}

/** A session in the list of its owner. `lastUsedAt` is true to the minute. */
export interface LiveSession extends SessionRecord {
  lastUsedAt: Date
}

export interface NewSession {
  userAgent: string
  /** Left out: a step-up is needed before anything that asks for one. */
  steppedUpAt?: Date
  /** Where this session goes on for an older one: its beginning, from which the absolute end counts. */
  createdAt?: Date
}

/** The record of live sign-ins. Losing it signs everybody out and lets nobody in. Implemented in `identity`. */
export interface SessionStore {
  /** `secret` is the cookie's value, known only to the client. */
  create(
    user: { userId: string; credentialVersion: number },
    from: NewSession,
  ): Promise<{ secret: string; session: SessionRecord }>
  findBySecret(secret: string): Promise<SessionRecord | null>
  /** For a handle that was succeeded: the session that took its place, with the step-up of the old one. */
  findByHandle(handle: string): Promise<SessionRecord | null>
  /**
   * `successor` takes the place of `handle`. The old secret is worthless at once; access tokens that name the old handle
   * lead to the successor until they expire, without its step-up.
   */
  succeed(handle: string, successor: string): Promise<void>
  list(userId: string): Promise<LiveSession[]>
  end(handle: string): Promise<void>
  endAll(userId: string): Promise<void>
}
