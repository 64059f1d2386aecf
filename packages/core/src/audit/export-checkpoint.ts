import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, schema } from '@pramaan/db'
import type { CheckpointView } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { describeError } from '../platform/log.ts'
import { readCheckpoints } from './checkpoints.ts'

/** Where checkpoints go outside of the system; each as it was set, none where nothing was. */
export interface CheckpointExports {
  /** A folder: on another disk, a share that is written once, a folder that is carried away. */
  readonly folder: string | null
  /** Addresses that get a mail. */
  readonly mail: readonly string[]
  /** An address that takes a POST. */
  readonly url: string | null
}

const TIMEOUT_MS = 10_000

/** Hands a checkpoint over to one place. Doing it again changes nothing there. @throws Error when it did not arrive */
type HandOver = (ctx: Ctx, checkpoint: CheckpointView) => Promise<void>

/**
 * The handler of `audit.export-checkpoint`: brings the newest checkpoint to each place outside of the system that is set.
 * Whoever holds one there can show that the log was rewritten or cut, even if all that is inside agrees. A place that fails
 * keeps no other from getting it, and fails the job, so that it is tried again and then seen.
 *
 * @throws Error that names the places which did not get it
 */
export async function exportCheckpoint(ctx: Ctx): Promise<void> {
  const [checkpoint] = await readCheckpoints(ctx.db.read, { limit: 1 })
  if (!checkpoint) return
  const failed: string[] = []
  for (const { target, handOver } of targetsOf(ctx.settings.auditExports)) {
    try {
      if ((await exportedSize(ctx.db, target)) !== checkpoint.size) await handOver(ctx, checkpoint)
      await recordExport(ctx, target, checkpoint.size)
    } catch (error) {
      const line = { alert: 'audit.checkpoint_not_exported', target, size: checkpoint.size, ...describeError(error) }
      ctx.log.error(line, 'a checkpoint did not get out of the system')
      failed.push(target)
    }
  }
  if (failed.length > 0) throw new Error(`the checkpoint over ${checkpoint.size} entries did not reach: ${failed}`)
}

function targetsOf({ folder, mail, url }: CheckpointExports): { target: string; handOver: HandOver }[] {
  return [
    ...(folder === null ? [] : [{ target: 'file', handOver: toFolder(folder) }]),
    ...(mail.length === 0 ? [] : [{ target: 'mail', handOver: toMail(mail) }]),
    ...(url === null ? [] : [{ target: 'http', handOver: toUrl(url) }]),
  ]
}

/** The names of the places that are set. */
const exportTargets = (exports: CheckpointExports): string[] => targetsOf(exports).map(({ target }) => target)

/**
 * One file for each size, flushed to disk before it has its name, and its name before we say that it is there. Of one that
 * is there already with another root the log has signed two histories, and nothing is written over it.
 */
const toFolder =
  (folder: string): HandOver =>
  async (_, { note, size }) => {
    const path = join(folder, `checkpoint-${size}.txt`)
    await mkdir(folder, { recursive: true })
    const earlier = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    // Lines of witnesses come later; the text above them is what was signed.
    if (earlier !== null) {
      if (textOf(earlier) !== textOf(note)) throw new Error(`${path} holds another history of the same size`)
      return flushed(folder, 'r', async () => undefined)
    }
    const unfinished = `${path}.unfinished`
    await flushed(unfinished, 'w', (file) => file.writeFile(note))
    await rename(unfinished, path)
    await flushed(folder, 'r', async () => undefined)
  }

/** Does something to a file or folder, and waits for the disk. */
async function flushed(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o644)
  try {
    await work(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

const textOf = (note: string): string => note.slice(0, note.lastIndexOf('\n\n') + 1)

const toMail =
  (addresses: readonly string[]): HandOver =>
  async ({ clients, settings }, { note, size }) => {
    const { auditOrigin: log } = settings
    const text = `${note}\nThis is a signed checkpoint of the audit log ${log}. Keep this mail where nobody of Pramaan can reach it: with it, pramaan audit fsck --saved and pramaan verify --saved find a log that was rewritten or cut.\n`
    const html = `<pre>${text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</pre>`
    for (const to of addresses) {
      const messageId = `<checkpoint-${size}@${log.replace('/', '.')}>`
      await clients.mail.send({ to, subject: `Checkpoint of ${log} over ${size} entries`, text, html, messageId })
    }
  }

const toUrl =
  (url: string): HandOver =>
  async (_, { note }) => {
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(url, { method: 'POST', headers, body: note, redirect: 'error', signal })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the answer was ${response.status}`)
  }

const { auditExports } = schema

async function exportedSize(db: Db, target: string): Promise<number | null> {
  const [row] = await db.read.select().from(auditExports).where(eq(auditExports.target, target))
  return row?.size ?? null
}

/** What is there was compared or brought now: from here on the place is up to date. */
async function recordExport({ db, now }: Ctx, target: string, size: number): Promise<void> {
  const row = { size, exportedAt: now() }
  await db.read
    .insert(auditExports)
    .values({ target, ...row })
    .onConflictDoUpdate({ target: auditExports.target, set: row })
}

/** A place that got nothing for so long is an alarm: three times its schedule. */
const LATE_MS = 3 * 3_600_000

/** How a place outside of the system stands. */
export interface ExportStatus {
  readonly target: string
  /** Entries under the newest checkpoint that it got; 0 for none. */
  readonly size: number
  /** How long ago it was up to date; null when it never was. */
  readonly ageMs: number | null
  readonly late: boolean
}

/** How each place that is set stands. One that never got anything is late. */
export async function exportStatus(db: Db, exports: CheckpointExports, now: Date): Promise<ExportStatus[]> {
  const targets = exportTargets(exports)
  if (targets.length === 0) return []
  const rows = await db.read.select().from(auditExports)
  return targets.map((target) => {
    const row = rows.find((one) => one.target === target)
    const ageMs = row ? now.getTime() - row.exportedAt.getTime() : null
    return { target, size: row?.size ?? 0, ageMs, late: ageMs === null || ageMs > LATE_MS }
  })
}
