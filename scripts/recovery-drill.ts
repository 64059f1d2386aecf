import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sealLog } from '@pramaan/core/audit'
import { addRecipient } from '@pramaan/core/delivery'
import { openOperator } from '@pramaan/core/deps'
import type { Ctx } from '@pramaan/core/platform/context'
import { newId } from '@pramaan/core/platform/ids'
import { createLog } from '@pramaan/core/platform/log'
import { migrateDatabase } from '@pramaan/core/platform/migrate-database'
import { eraseRecipient, runErasure } from '@pramaan/core/privacy'
import { createDb, schema } from '@pramaan/db'
import pg from 'pg'
import { auditOrigin, operatorConfig, superuserUrl } from '../apps/cli/src/embedded-installation.ts'
import { runCommandLine } from '../apps/cli/src/program.ts'
import type { Terminal } from '../apps/cli/src/terminal.ts'
import { archiveInto } from './embedded/archive.ts'
import { type PostgresServer, provideDatabase, startPostgres } from './embedded/postgres.ts'
import { readSecrets } from './embedded/secrets.ts'

/**
 * A disaster and the recovery from it, played on a cluster of its own: writers write, a base backup is taken, somebody
 * is erased, the server is killed in the middle of it all, and `pramaan restore` brings back one moment. It measures
 * what would have been lost (RPO) and how long it took (RTO). `npx pnpm drill`.
 */
export interface Drill {
  folder: string
  backupDir: string
  secrets: string
  moment: Date
  rpoMs: number
  rtoMs: number
  /** Writes that were acknowledged before the moment, and how many of them came back. */
  acknowledged: number
  recovered: number
  /** Writes that began after the moment and are there all the same. */
  tooLate: number
  /** Of the person who was erased after the moment. */
  erasedState: string
}

const MIGRATIONS = fileURLToPath(new URL('../packages/db/migrations', import.meta.url))
const WRITERS = 4
const ARCHIVE_SECONDS = 1
const PACE_MS = 5

interface Write {
  id: string
  startedAt: number
  acknowledgedAt: number
}

/** Everything that the drill prints goes to `say`; the folders stay for who wants to look, or to play more. */
export async function drill(say: (line: string) => void): Promise<Drill> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-drill-'))
  const [before, after, backupDir] = [join(folder, 'before'), join(folder, 'after'), join(folder, 'backup')]
  const terminal = terminalOf(say)
  const installation = await startInstallation(before, backupDir)
  const config = operatorConfig(installation.secrets, installation.server.port, join(backupDir, 'erasures.ndjson'))
  const operator = await openOperator(config, createLog({ level: 'silent', name: 'drill' }))
  const owner = await makeFirm(operator.context(), installation)
  const writers = startWriters(owner)
  await sleep(300)
  const { db, keys } = operator.context()
  await sealLog({ db, keys, settings: { auditOrigin: auditOrigin(installation.secrets) } })
  await command(terminal, ['backup', '--data-dir', before, '--into', backupDir])
  await sleep(500)
  const superuser = new pg.Client({ connectionString: superuserUrl(installation.secrets, installation.server.port) })
  superuser.on('error', () => undefined)
  await superuser.connect()
  const { rows } = await superuser.query<{ now: Date }>('select clock_timestamp() as now')
  const moment = rows[0]?.now ?? new Date()
  await sleep(300)
  const [forgotten] = writers.writes
  if (!forgotten) throw new Error('nothing was written before the moment')
  await eraseNow(owner, forgotten.id)
  await segmentArchived(superuser)
  await sleep(300)
  const disasterAt = Date.now()
  process.kill(installation.server.guarded.guardPid, 'SIGKILL')
  process.kill(installation.server.guarded.pid, 'SIGKILL')
  await writers.stop()
  await operator.close().catch(() => undefined)
  const rpoMs = disasterAt - newestSegment(backupDir)
  say(
    `killed the server ${disasterAt - moment.getTime()} ms after the moment, ${writers.writes.length} writes acknowledged`,
  )

  const secrets = join(before, 'secrets.json')
  const started = performance.now()
  await command(terminal, [
    'restore',
    '--to',
    moment.toISOString(),
    '--from',
    backupDir,
    '--data-dir',
    after,
    '--secrets',
    secrets,
  ])
  const server = await startPostgres({
    folder: after,
    superuserPassword: installation.secrets.postgres.superuser,
    durable: true,
  })
  const rtoMs = performance.now() - started
  const found = await lookAt(superuserUrl(installation.secrets, server.port), forgotten.id)
  await server.stop()

  const isBefore = writers.writes.filter(({ acknowledgedAt }) => acknowledgedAt < moment.getTime())
  const isAfter = writers.writes.filter(({ startedAt }) => startedAt > moment.getTime())
  say(
    `RPO ${(rpoMs / 1000).toFixed(1)} s (age of the newest archived segment), RTO ${(rtoMs / 1000).toFixed(1)} s (command to open server)`,
  )
  return {
    folder,
    backupDir,
    secrets,
    moment,
    rpoMs,
    rtoMs,
    acknowledged: isBefore.length,
    recovered: isBefore.filter(({ id }) => found.ids.has(id)).length,
    tooLate: isAfter.filter(({ id }) => found.ids.has(id)).length,
    erasedState: found.state,
  }
}

type Installation = Awaited<ReturnType<typeof startInstallation>>

async function startInstallation(folder: string, backupDir: string) {
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  const secrets = readSecrets(folder)
  const { superuser, owner, app } = secrets.postgres
  const settings = archiveInto(backupDir, folder, ARCHIVE_SECONDS)
  const server: PostgresServer = await startPostgres({ folder, superuserPassword: superuser, durable: true, settings })
  await provideDatabase(server.url('postgres', superuser, 'postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: owner },
    { name: 'pramaan_app', password: app },
  ])
  await migrateDatabase({ url: server.url('pramaan_owner', owner, 'pramaan'), folder: MIGRATIONS })
  return { secrets, server }
}

/** A firm with nothing but its key, and its owner's context. Made by the owner of the schema, who needs no audit entry. */
async function makeFirm(ctx: Ctx, { secrets, server }: Installation): Promise<Ctx> {
  const advisorId = newId()
  const owner = createDb({ url: server.url('pramaan_owner', secrets.postgres.owner, 'pramaan'), max: 2 })
  await owner.transaction(async (tx) => {
    await tx.insert(schema.advisors).values({ id: advisorId, displayName: 'Drill' })
    await ctx.keys.createDataKey(tx, advisorId)
  })
  await owner.close()
  const actor = { kind: 'user', userId: newId(), role: 'advisor', memberRole: 'owner', sessionId: newId() } as const
  return { ...ctx, actor, advisorId, db: ctx.db.forAdvisor(advisorId) }
}

/** Writers that do what an advisor does, until they are stopped or nobody answers them any more. */
function startWriters(owner: Ctx): { writes: Write[]; stop(): Promise<void> } {
  const writes: Write[] = []
  let running = true
  const consent = { source: 'form', wording: 'Yes, write to me.', givenAt: '2026-01-15T10:00:00.000Z' }
  const work = async (writer: number) => {
    for (let count = 0; running; count++) {
      const startedAt = Date.now()
      const phone = `+9198${String(writer)}${String(count).padStart(7, '0')}`
      const added = await addRecipient(owner, { phone, consent }).catch(() => null)
      if (!added) return
      writes.push({ id: added.id, startedAt, acknowledgedAt: Date.now() })
      await sleep(PACE_MS)
    }
  }
  const all = Promise.all(Array.from({ length: WRITERS }, (_, writer) => work(writer)))
  return {
    writes,
    async stop() {
      running = false
      await all
    },
  }
}

async function eraseNow(owner: Ctx, id: string): Promise<void> {
  const { id: erasureId } = await eraseRecipient(owner, { id, confirm: 'ERASE' })
  const system: Ctx = { ...owner, actor: { kind: 'system', name: 'drill' }, advisorId: null }
  await runErasure(system, { advisorId: owner.advisorId, erasureId })
}

/** Waits until the log up to now is archived; the server does it by itself within `archive_timeout`. */
async function segmentArchived(superuser: pg.Client): Promise<void> {
  const { rows } = await superuser.query<{ name: string }>('select pg_walfile_name(pg_switch_wal()) as name')
  for (;;) {
    const { rows: state } = await superuser.query<{ name: string | null }>(
      'select last_archived_wal as name from pg_stat_archiver',
    )
    if ((state[0]?.name ?? '') >= (rows[0]?.name ?? '')) return
    await sleep(50)
  }
}

function newestSegment(backupDir: string): number {
  const wal = join(backupDir, 'wal')
  const times = readdirSync(wal).map((name) => statSync(join(wal, name)).mtimeMs)
  return Math.max(...times)
}

async function lookAt(url: string, forgottenId: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ id: string; state: string }>('select id, state from recipients')
    return { ids: new Set(rows.map(({ id }) => id)), state: rows.find(({ id }) => id === forgottenId)?.state ?? 'gone' }
  } finally {
    await client.end()
  }
}

async function command(terminal: Terminal, args: string[]): Promise<void> {
  const status = await runCommandLine(args, terminal)
  if (status !== 0) throw new Error(`pramaan ${args[0]} ended with ${status}`)
}

const terminalOf = (say: (line: string) => void): Terminal => ({
  write: (text) => say(text.trimEnd()),
  writeError: (text) => say(text.trimEnd()),
  readInput: async () => '',
  readFile: async () => '',
  databaseUrl: undefined,
  now: () => new Date(),
  elapsed: () => performance.now(),
})

if (import.meta.main) {
  const done = await drill((line) => process.stdout.write(`${line}\n`))
  const isRight = done.recovered === done.acknowledged && done.tooLate === 0 && done.erasedState === 'erased'
  process.stdout.write(
    `${done.recovered} of ${done.acknowledged} acknowledged writes came back, ${done.tooLate} of later ones; `,
  )
  process.stdout.write(
    `who was erased after the moment is ${done.erasedState}. ${isRight ? 'The drill passed.' : 'FAILED'}\n`,
  )
  rmSync(done.folder, { recursive: true, force: true })
  process.exitCode = isRight ? 0 : 1
}
