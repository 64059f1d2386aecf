import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { AppError } from '@pramaan/core/platform/errors'

/** What people and programs may send. */
const MAX_BODY_BYTES = 256 * 1024

/** What a vendor may send, whose events come in batches: WhatsApp up to 3 MB (Meta, "Webhooks overview"). */
export const MAX_WEBHOOK_BYTES = 3 * 1024 * 1024

/** A list of a hundred thousand people, which memory never holds whole. */
export const MAX_CSV_BYTES = 64 * 1024 * 1024

/** The same within JSON, which it does. */
export const MAX_HELD_CSV_BYTES = 16 * 1024 * 1024

export const tooLarge = (limit: number) =>
  new AppError('payload_too_large', `The body is larger than ${limit / 1024} KB.`)

/**
 * The raw body, refused while it streams in as soon as it is over the limit, with or without a `Content-Length`.
 *
 * @throws AppError `payload_too_large`, `unsupported_media_type` for a compressed body
 */
export function readBody(incoming: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  try {
    requireIdentity(incoming)
  } catch (error) {
    return Promise.reject(error)
  }
  if (Number(incoming.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (error: Error | null) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken)
      if (error) reject(error)
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else settle(tooLarge(limit))
    }
    const onEnd = () => settle(null)
    const onBroken = () => settle(new AppError('malformed_json', 'The body broke off.'))
    if (incoming.readableEnded) onEnd()
    else if (incoming.destroyed) onBroken()
    else incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
  })
}

/** @throws AppError `unsupported_media_type` for a compressed body */
export function requireIdentity({ headers }: IncomingMessage): void {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new AppError('unsupported_media_type', 'Send the body without a content encoding.')
  }
}

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i

const CSV_TYPE = /^text\/csv\s*(;.*)?$/i

export const isCsv = ({ headers }: IncomingMessage): boolean => CSV_TYPE.test(headers['content-type'] ?? '')

/** @throws AppError `malformed_json` for what is not UTF-8 */
function textOf(raw: Buffer): string {
  if (!isUtf8(raw)) throw new AppError('malformed_json', 'The body is not valid UTF-8.')
  return raw.toString('utf8')
}

/**
 * A JSON object out of a raw body; nothing sent counts as `{}`, so that a route without fields needs no body.
 *
 * @throws AppError `unsupported_media_type`, `malformed_json`, `invalid_input`
 */
export function parseJsonObject(incoming: IncomingMessage, raw: Buffer): Record<string, unknown> {
  if (raw.length === 0) return {}
  if (!JSON_TYPE.test(incoming.headers['content-type'] ?? '')) {
    throw new AppError('unsupported_media_type', 'Send the body as application/json in UTF-8.')
  }
  const text = textOf(raw)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new AppError('malformed_json', 'The body could not be read as JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('invalid_input', 'The body must be a JSON object.')
  }
  return value as Record<string, unknown>
}
