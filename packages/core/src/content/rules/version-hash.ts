import { createHash } from 'node:crypto'
import type { Audience, Channel, Language } from '@pramaan/shared'
import canonicalize from 'canonicalize'

/** What makes a version: change any of it and it is another one. */
export interface VersionFacts {
  text: string
  channel: Channel
  audience: Audience
  language: Language | null
}

/**
 * SHA-256, in hex, of a version's canonical form: RFC 8785 JSON of the text (NFC, white space at its end cut off),
 * channel, audience, language and media (none yet).
 */
export function versionHash({ text, channel, audience, language }: VersionFacts): string {
  const canonical = canonicalize({ text: text.normalize('NFC').trimEnd(), channel, audience, language, media: [] })
  return createHash('sha256')
    .update(canonical ?? '')
    .digest('hex')
}
