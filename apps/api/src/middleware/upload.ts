import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@pramaan/core/platform/errors'
import { requireIdentity, tooLarge } from './body.ts'

const CIPHER = 'aes-256-ctr'
/** How much of it is in memory at a time. */
const PIECE = 64 * 1_024

/** A body that was taken whole and lies in a file, of which memory never holds more than a piece. */
export interface Upload {
  /** SHA-256 over its bytes, hex. */
  hash: string
  /** Its text, in pieces, once. */
  pieces(): AsyncGenerator<string>
  discard(): Promise<void>
}

/**
 * Takes a large body off the wire into a file. It is complete, within the limit and UTF-8 before anybody acts on its first
 * line, and an upload that breaks off changes nothing. The file has no name any more once it is open, and is encrypted
 * with a key that lives as long as the request: what it holds is personal.
 *
 * @throws AppError `payload_too_large`, `unsupported_media_type` for a compressed body, `malformed_json` for what broke
 *   off or is not UTF-8
 */
export async function takeUpload(incoming: IncomingMessage, limit: number): Promise<Upload> {
  requireIdentity(incoming)
  if (Number(incoming.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const file = await openNameless()
  try {
    return await fill(file, incoming, limit)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'pramaan-upload-'))
  try {
    return await open(join(folder, 'body'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function fill(file: FileHandle, incoming: IncomingMessage, limit: number): Promise<Upload> {
  const [key, nonce] = [randomBytes(32), randomBytes(16)]
  const cipher = createCipheriv(CIPHER, key, nonce)
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let size = 0
  for await (const chunk of bytesOf(incoming)) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    requireText(() => decoder.decode(chunk, { stream: true }))
    hash.update(chunk)
    await file.write(cipher.update(chunk))
  }
  requireText(() => decoder.decode())
  return {
    hash: hash.digest('hex'),
    pieces: () => readBack(file, { key, nonce, size }),
    discard: () => file.close(),
  }
}

/** @throws AppError `malformed_json` when the connection ends before the body */
async function* bytesOf(incoming: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    // What is too large is answered, so the connection stays.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) yield chunk as Buffer
  } catch (error) {
    throw new AppError('malformed_json', 'The body broke off.', { cause: error })
  }
}

function requireText(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    throw new AppError('malformed_json', 'The body is not valid UTF-8.', { cause: error })
  }
}

async function* readBack(
  file: FileHandle,
  { key, nonce, size }: { key: Buffer; nonce: Buffer; size: number },
): AsyncGenerator<string> {
  const decipher = createDecipheriv(CIPHER, key, nonce)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const piece = Buffer.alloc(PIECE)
  for (let position = 0; position < size; ) {
    const { bytesRead } = await file.read(piece, 0, PIECE, position)
    if (bytesRead === 0) throw new Error('an upload is shorter than it was')
    position += bytesRead
    yield decoder.decode(decipher.update(piece.subarray(0, bytesRead)), { stream: position < size })
  }
}
