import { lstat, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ctx } from '@pramaan/core/platform/context'
import { Day, Id, startOfIstDay, Time } from '@pramaan/shared'
import { type Command, InvalidArgumentError } from 'commander'
import { operatorEnv } from './env.ts'
import type { Terminal } from './terminal.ts'

interface ExportOptions {
  advisor: string
  from?: Date
  until?: Date
  for?: string
  reason?: string
  pack?: string
}

const POLL_MS = 200
/** A pack of which nothing moves for so long has no worker. */
const STANDSTILL_MS = 60_000

/** Midnight in India of a calendar day, or a moment. */
function moment(value: string): Date {
  if (Day.safeParse(value).success) return startOfIstDay(value)
  if (Time.safeParse(value).success) return new Date(value)
  throw new InvalidArgumentError('Use a day such as 2026-04-01, or a time in UTC such as 2026-04-01T03:30:00Z.')
}

function advisorId(value: string): string {
  if (Id.safeParse(value).success) return value
  throw new InvalidArgumentError('Use the id of the advisor, a UUID. GET /api/admin/advisors lists them.')
}

/** Adds `pramaan export-pack`: has the inspection pack of an advisor made by the worker, and fetches it. */
export function addExportPackCommand(program: Command, terminal: Terminal): void {
  program
    .command('export-pack')
    .description(
      'Have an inspection pack made and write it to a file. Needs the settings of the worker, and one that runs.',
    )
    .argument('<file>', 'where to write it, a ZIP file')
    .requiredOption('--advisor <id>', 'whose', advisorId)
    .option('--from <day>', 'the first moment of the period', moment)
    .option('--until <day>', 'the first moment after the period', moment)
    .option('--for <name>', 'who gets it; stands on the pack and in the log of the advisor')
    .option('--reason <text>', 'why; stands there, too')
    .option('--pack <id>', 'fetch a pack that was asked for before, in place of all this')
    .action(async (file: string, options: ExportOptions) => {
      await requireFree(file)
      const config = await operatorEnv()
      const { asOperator } = await import('./as-operator.ts')
      await asOperator(config, 'export-pack', async (operator) => {
        const { advisor: advisorId } = options
        const ctx = { ...operator, advisorId, db: operator.db.forAdvisor(advisorId) }
        const packId = options.pack ?? (await askForPack(ctx, options))
        terminal.writeError(`pack ${packId}; it can be fetched with --pack should this be interrupted\n`)
        await untilMade(ctx, packId, terminal)
        const bytes = await fetchPack(ctx, packId, file)
        terminal.write(`${file}: pack ${packId}, ${bytes} bytes\n`)
      })
    })
}

async function askForPack(ctx: Ctx & { advisorId: string }, options: ExportOptions): Promise<string> {
  const { from, until, for: recipient, reason } = options
  if (!from || !until || !recipient || !reason) throw new Error('give --from, --until, --for and --reason, or --pack')
  if (from >= until) throw new Error('the period ends before it begins: give --until a later day than --from')
  const { openPack } = await import('@pramaan/core/audit')
  const { AppError } = await import('@pramaan/core/platform/errors')
  const { advisorId } = ctx
  const { id } = await openPack(ctx, { advisorId, from, until, recipient, reason }).catch((error) => {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    throw new Error(`there is no advisor ${advisorId}: GET /api/admin/advisors lists all with their ids`)
  })
  return id
}

/** Before anything is asked for: a pack that cannot be written would stand in the advisor's log all the same. */
async function requireFree(path: string): Promise<void> {
  const there = await lstat(path).catch(() => null)
  if (there) throw new Error(`${path} is there already: name a file that is not`)
  const folder = await lstat(dirname(path)).catch(() => null)
  if (!folder) throw new Error(`${dirname(path)} is not there: make the folder first, or name a file in another`)
}

async function untilMade(ctx: Ctx, packId: string, terminal: Terminal): Promise<void> {
  const { getPack } = await import('@pramaan/core/audit')
  let said = ''
  for (let movedAt = terminal.elapsed(); ; await sleep(POLL_MS)) {
    const { failure, progress, state } = await getPack(ctx, { id: packId })
    if (state === 'ready') return
    if (state === 'failed' || state === 'deleted') throw new Error(failure ?? 'the pack was deleted')
    const line = `${progress.percent} %, ${progress.files} files, ${progress.rows} rows\n`
    if (line !== said) {
      terminal.writeError(line)
      said = line
      movedAt = terminal.elapsed()
    }
    if (terminal.elapsed() - movedAt > STANDSTILL_MS) throw new Error('nothing moves: start a worker, then use --pack')
  }
}

/** Whole or not at all: what is not finished has another name. */
async function fetchPack(ctx: Ctx, id: string, path: string): Promise<number> {
  const { downloadPack } = await import('@pramaan/core/audit')
  const { archive } = await downloadPack(ctx, { id })
  if (archive === null) throw new Error(`the pack ${id} is not there any more`)
  const unfinished = `${path}.unfinished`
  const file = await open(unfinished, 'w', 0o600)
  try {
    for await (const piece of archive.pieces) await file.write(piece)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
  return archive.bytes
}
