/** What an access token says. It proves who signed in; whether the sign-in is still alive is asked of the session store. */
export interface AccessClaims {
  userId: string
  /** The handle of the session that the token belongs to. */
  sessionId: string
}

/** Short-lived access tokens (JWT, RFC 7519 and RFC 8725). Implemented in `identity`. */
export interface AccessTokens {
  /** `expiresIn` is in seconds. */
  issue(claims: AccessClaims): Promise<{ accessToken: string; expiresIn: number }>
  /** @returns null for anything that is not a valid token of ours, whatever is wrong with it */
  verify(accessToken: string): Promise<AccessClaims | null>
  /** The public halves of the signing keys (RFC 7517). */
  publicJwks(): Promise<{ keys: Record<string, unknown>[] }>
}
