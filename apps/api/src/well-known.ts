import { verifierKey } from '@pramaan/core/audit'
import { answer, type Handler } from './http.ts'

const PUBLIC = { 'cache-control': 'public, max-age=300' }

/** GET /.well-known/jwks.json: the public keys of our access tokens. */
export const jwks: Handler = async (call) =>
  answer(call, 200, JSON.stringify(await call.http.deps.tokens.publicJwks()), {
    'content-type': 'application/jwk-set+json; charset=utf-8',
    ...PUBLIC,
  })

/** GET /.well-known/pramaan-audit-key: the public key that proofs are verified with, in PEM; its id in a header. */
export const auditKey: Handler = (call) => {
  const { id, publicKeyPem } = call.http.deps.keys.signingKey
  return answer(call, 200, publicKeyPem, {
    'content-type': 'application/x-pem-file',
    'x-key-id': id,
    ...PUBLIC,
  })
}

/** GET /.well-known/pramaan-audit-keys: the verifier keys of the audit log (C2SP signed-note), one a line. */
export const auditKeys: Handler = (call) => {
  const { keys, settings } = call.http.deps
  const lines = keys.publicKeys.map((key) => `${verifierKey(settings.auditOrigin, key)}\n`)
  return answer(call, 200, lines.join(''), { 'content-type': 'text/plain; charset=utf-8', ...PUBLIC })
}

const DAYS_VALID = 180
const DAY_MS = 24 * 3600 * 1000

/** GET /.well-known/security.txt (RFC 9116). */
export const securityTxt: Handler = (call) => {
  const { publicUrl } = call.http.settings
  const expires = new Date(Date.now() + DAYS_VALID * DAY_MS).toISOString()
  const host = new URL(publicUrl).hostname
  const text = `Contact: mailto:security@${host}
Expires: ${expires}
Preferred-Languages: en, hi
Canonical: ${publicUrl}/.well-known/security.txt
`
  return answer(call, 200, text, { 'content-type': 'text/plain; charset=utf-8', ...PUBLIC })
}
