import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'
import { calculateJwkThumbprint, type JWK, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { AccessClaims, AccessTokens } from '../platform/access-tokens.ts'

const ALGORITHM = 'ES256'
const TYPE = 'at+jwt'
const AUDIENCE = 'pramaan'
/** How long an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 300
const MAX_LENGTH = 1_024
const REMEMBERED = 20_000

const Jwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string().min(1).max(100).optional(),
  /** Seconds since 1970; until then the key verifies and the next one signs. See `rotateJwtKeys`. */
  signsFrom: z.int().optional(),
})
const JwkSet = z.object({ keys: z.array(Jwk).min(1) })

/** The header of our tokens and nothing else: no `crit`, no key and no address of a key (RFC 8725, 3.1 and 3.10). */
const Header = z.strictObject({ alg: z.literal(ALGORITHM), typ: z.literal(TYPE), kid: z.string() })

const Claims = z.object({ sub: z.uuid(), sid: z.string().min(20).max(100), exp: z.int() })

interface SigningKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  publicJwk: Record<string, unknown>
  signsFrom: number
}

/**
 * Access tokens: JWT (RFC 7519) of the profile for access tokens (RFC 9068), signed with ES256, good for five minutes.
 *
 * `jwks` is a JWK set with private P-256 keys, in JSON: the first whose time has come signs, all verify. A token that was verified once is
 * remembered until it expires, because the signature check costs more than the rest of a request's authentication;
 * whether the session is alive is asked every time anyway.
 *
 * @throws Error when a key is not a P-256 key or its halves do not belong together
 */
export async function createAccessTokens(options: {
  jwks: string
  issuer: string
  now: () => Date
}): Promise<AccessTokens> {
  const { issuer, now } = options
  const keys = await Promise.all(JwkSet.parse(JSON.parse(options.jwks)).keys.map(loadKey))
  const byId = new Map(keys.map((key) => [key.kid, key]))
  if (byId.size !== keys.length) throw new Error('JWT_KEYS holds two keys of the same id')
  const last = keys.at(-1) as SigningKey
  const remembered = new LRUCache<string, { claims: AccessClaims; expiresAtMs: number }>({ max: REMEMBERED })

  return {
    async issue({ userId, sessionId }) {
      const issuedAt = Math.floor(now().getTime() / 1000)
      const current = keys.find(({ signsFrom }) => signsFrom <= issuedAt) ?? last
      const accessToken = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: current.kid })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
        .sign(current.privateKey)
      return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS }
    },
    async verify(accessToken) {
      const known = remembered.get(accessToken)
      if (known) {
        if (known.expiresAtMs > now().getTime()) return known.claims
        remembered.delete(accessToken)
        return null
      }
      const key = byId.get(keyIdOf(accessToken) ?? '')
      if (!key) return null
      const claims = await jwtVerify(accessToken, key.publicKey, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
        currentDate: now(),
      }).then(
        ({ payload }) => Claims.safeParse(payload).data,
        () => undefined,
      )
      if (!claims) return null
      const found = { userId: claims.sub, sessionId: claims.sid }
      remembered.set(accessToken, { claims: found, expiresAtMs: claims.exp * 1000 })
      return found
    },
    publicJwks: async () => ({ keys: keys.map((key) => key.publicJwk) }),
  }
}

async function loadKey(jwk: z.output<typeof Jwk>): Promise<SigningKey> {
  const { kty, crv, x, y } = jwk
  const kid = jwk.kid ?? (await calculateJwkThumbprint({ kty, crv, x, y }))
  const privateKey = createPrivateKey({ key: jwk as JWK, format: 'jwk' })
  const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
  const probe = Buffer.from(kid)
  if (!verify('sha256', probe, publicKey, sign('sha256', probe, privateKey))) {
    throw new Error(`the public and the private half of the JWT key ${kid} do not belong together`)
  }
  const signsFrom = jwk.signsFrom ?? 0
  return { kid, privateKey, publicKey, signsFrom, publicJwk: { kty, crv, x, y, kid, alg: ALGORITHM, use: 'sig' } }
}

/**
 * The gate before any cryptography: three parts in canonical base64url (decoders forgive padding and stray bits, so
 * that one token could be written in several ways) and exactly the header that we write.
 *
 * @returns the key's id, or null
 */
function keyIdOf(token: string): string | null {
  const parts = token.split('.')
  if (token.length > MAX_LENGTH || parts.length !== 3) return null
  const decoded = parts.map((part) => Buffer.from(part, 'base64url'))
  if (decoded.some((part, index) => part.length === 0 || part.toString('base64url') !== parts[index])) return null
  try {
    const header = Header.safeParse(JSON.parse(String(decoded[0])))
    return header.data?.kid ?? null
  } catch {
    return null
  }
}
