import type { HttpSettings } from '../settings.ts'

/** `__Host-` needs TLS; without it (loopback only) the plain name is used. */
const isSecure = (settings: HttpSettings) => settings.publicUrl.startsWith('https://')

const nameOf = (settings: HttpSettings) => (isSecure(settings) ? '__Host-session' : 'session')

const attributes = (settings: HttpSettings) =>
  `Path=/; HttpOnly; SameSite=Strict${isSecure(settings) ? '; Secure' : ''}`

/** Seconds that a browser keeps the cookie; the session itself may end earlier. */
const MAX_AGE = 30 * 24 * 3600

/** The `Set-Cookie` value that starts or ends a browser's session. */
export function sessionCookie(settings: HttpSettings, session: { secret: string } | 'ended'): string {
  return session === 'ended'
    ? `${nameOf(settings)}=; Max-Age=0; ${attributes(settings)}`
    : `${nameOf(settings)}=${session.secret}; Max-Age=${MAX_AGE}; ${attributes(settings)}`
}

/** The session's secret out of a `Cookie` header; null when there is none or it stands there twice. */
export function sessionSecretOf(cookie: string | undefined, settings: HttpSettings): string | null {
  if (cookie === undefined) return null
  const prefix = `${nameOf(settings)}=`
  const found = cookie.split(';').filter((pair) => pair.trimStart().startsWith(prefix))
  const value = found.length === 1 ? found[0]?.trim().slice(prefix.length) : undefined
  return value ? value : null
}
