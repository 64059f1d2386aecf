import { createHmac } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { ErasureSubject, Id, Time } from '@pramaan/shared'
import { z } from 'zod'
import type { Keys } from './crypto.ts'

/**
 * The list of erasures outside of the database: a backup is older than what was erased after it, so whoever restores one
 * must erase those again before anybody reads it. One JSON line each, with ids alone and an HMAC over them.
 */
const Line = z.strictObject({
  erasureId: Id,
  advisorId: Id,
  subjectKind: ErasureSubject,
  subjectId: Id,
  requestedAt: Time,
})
export type LedgerLine = z.infer<typeof Line>

const macOf = (keys: Keys, line: LedgerLine) =>
  createHmac('sha256', keys.derive('erasure ledger'))
    .update(Object.values(Line.parse(line)).join('\n'))
    .digest('base64url')

/** Writes a line and waits for the disk. It begins on a new line, in case that a crash cut the one before. */
export async function appendToLedger(keys: Keys, path: string, line: LedgerLine): Promise<void> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'a', 0o600)
    await file.appendFile(`\n${JSON.stringify({ ...Line.parse(line), mac: macOf(keys, line) })}`)
    await file.sync()
  } finally {
    await file?.close()
  }
}

/**
 * Every erasure of the ledger, once, oldest first. A line that a crash has cut counts for nothing: its erasure
 * had not happened, and was written down anew when it did.
 *
 * @throws Error for a ledger that is not there, and for a line that is not ours
 */
export async function readLedger(keys: Keys, path: string): Promise<LedgerLine[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  const byId = new Map<string, LedgerLine>()
  lines.forEach((text, index) => {
    const parsed = parse(text)
    if (parsed === null) return
    const { mac, ...line } = parsed
    if (mac !== macOf(keys, line))
      throw new Error(`${path}: line ${index + 1} was altered, or is of another installation`)
    byId.set(line.erasureId, line)
  })
  return [...byId.values()]
}

/** Null for what a crash has cut. */
function parse(text: string): (LedgerLine & { mac: string }) | null {
  try {
    return Line.extend({ mac: z.string() }).parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
