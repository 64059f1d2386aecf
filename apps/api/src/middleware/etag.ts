import { hash } from 'node:crypto'

/**
 * The ETag of a JSON answer. `version`, where a read names one, leads it: a write with `If-Match` means that part, so
 * that a change of state alone does not make an author's edit stale.
 */
export function etagOf(json: string, version?: string): string {
  const digest = hash('sha256', json, 'base64url').slice(0, 22)
  return version === undefined ? `"${digest}"` : `"${version}.${digest}"`
}

/** Whether `If-None-Match` names this ETag (weak comparison, RFC 9110 section 13.1.2). */
export function isFresh(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch === etag || tagsOf(ifNoneMatch).some((tag) => tag === '*' || tag === etag.replace(/^W\//, ''))
}

/** The versions that an `If-Match` header accepts; null when there is no header or it accepts any. */
export function versionsIn(ifMatch: string | undefined): string[] | null {
  if (ifMatch === undefined) return null
  const tags = tagsOf(ifMatch)
  return tags.includes('*') ? null : tags.map((tag) => tag.replace(/^"|"$/g, '').split('.')[0] ?? '')
}

const tagsOf = (header: string) => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
