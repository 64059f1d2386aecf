import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { z } from 'zod'

const KeySet = z.object({
  keys: z.array(z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), d: z.string() })).min(1),
})

/**
 * Sets of `JWT_KEYS` in which a new key takes over: it stands first, and the one that signed until now second, so that
 * tokens under way stay good. Older keys go: no token of theirs can be alive, as access tokens last five minutes.
 *
 * With `signsFrom` the new key only verifies until then. Processes that are restarted one after the other before that
 * moment never meet a token whose key they do not know, and all change over at once.
 *
 * @param jwks a JWK set with private ES256 keys, in JSON
 * @throws Error when `jwks` is not such a set
 */
export function rotateJwtKeys(jwks: string, options: { now: Date; signsFrom: Date }): { jwks: string; kid: string } {
  const { keys } = KeySet.parse(JSON.parse(jwks))
  const seconds = (time: Date) => Math.floor(time.getTime() / 1000)
  const signing = keys.find(({ signsFrom }) => Number(signsFrom ?? 0) <= seconds(options.now)) ?? keys.at(-1)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = `${options.now.toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`
  const fresh = {
    ...privateKey.export({ format: 'jwk' }),
    kid,
    alg: 'ES256',
    use: 'sig',
    signsFrom: seconds(options.signsFrom),
  }
  return { jwks: JSON.stringify({ keys: [fresh, signing] }), kid }
}
