import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { type Manifest, writeManifest } from './backup-manifest.ts'

/** What a running server keeps for itself; a copy starts without (PostgreSQL manual, "Backing Up the Data Directory"). */
const EMPTY = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]
const LEFT_OUT = /^(postmaster\.(pid|opts)|pgsql_tmp.*|.*\.unfinished)$/

/**
 * A base backup of a running PostgreSQL, through its low-level API: the data directory is copied between
 * `pg_backup_start` and `pg_backup_stop` while everybody goes on writing; what was torn by that is mended from the
 * write-ahead log, which the server archives meanwhile. Needs a superuser, the files, and nothing but the server itself.
 *
 * @returns the folder, called after its time, and what is in it
 * @throws Error when the server does not archive, or has failed to
 */
export async function takeBaseBackup(options: {
  superuserUrl: string
  cluster: string
  into: string
  now: () => Date
}): Promise<{ folder: string; manifest: Manifest }> {
  const { cluster, into, now } = options
  const client = new pg.Client({ connectionString: options.superuserUrl })
  await client.connect()
  try {
    await requireArchiving(client)
    await requireOneTablespace(cluster)
    const startedAt = now().toISOString()
    const folder = join(into, startedAt.replaceAll(/[:.]/g, '-'))
    const unfinished = `${folder}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    await client.query(`select pg_backup_start('pramaan', true)`)
    await copyTree(cluster, unfinished)
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(true)')
    const label = rows[0]?.labelfile ?? ''
    await writeFile(join(unfinished, 'backup_label'), label, { mode: 0o600 })
    const firstWal = /\(file ([0-9A-F]{24})\)/.exec(label)?.[1]
    if (firstWal === undefined) throw new Error('PostgreSQL named no first segment of the backup')
    const manifest = await writeManifest(unfinished, { startedAt, finishedAt: now().toISOString(), firstWal })
    await rename(unfinished, folder)
    return { folder, manifest }
  } finally {
    await client.end()
  }
}

/** @throws Error with the segment that could not be archived */
async function requireArchiving(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ mode: string; failing: string | null }>(
    `select current_setting('archive_mode') as mode,
       case when last_failed_time > coalesce(last_archived_time, '-infinity') then last_failed_wal end as failing
     from pg_stat_archiver`,
  )
  const [state] = rows
  if (state?.mode !== 'on')
    throw new Error('the server does not archive its write-ahead log: set BACKUP_DIR and restart')
  if (state.failing !== null) {
    throw new Error(`the server fails to archive ${state.failing}: a backup without it could not be restored`)
  }
}

async function requireOneTablespace(cluster: string): Promise<void> {
  const others = await readdir(join(cluster, 'pg_tblspc'))
  if (others.length > 0)
    throw new Error('this cluster has tablespaces of its own, which are not copied: use pgBackRest')
}

/** A file that vanishes meanwhile was deleted by the server, and the log knows. */
async function copyTree(from: string, to: string, top = true): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o700 })
      if (!(top && EMPTY.includes(entry.name))) await copyTree(source, target, false)
    } else {
      await copyFile(source, target).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
  }
}

/** What archives one segment for good or not at all, and never writes over one; for `archive_command`. */
export const archiveCommand = (folder: string): string =>
  `test ! -f '${folder}/%f' && cp '%p' '${folder}/%f.part' && sync '${folder}/%f.part' && mv '${folder}/%f.part' '${folder}/%f'`

/** The settings of a server that archives; a segment that is not full is archived after a minute, which bounds the loss. */
export const archiveSettings = (folder: string, seconds = 60): Record<string, string> => ({
  wal_level: 'replica',
  archive_mode: 'on',
  archive_timeout: `${seconds}s`,
  archive_command: archiveCommand(folder),
})

/** The port of a server, from the file that it keeps while it runs. */
export async function portOf(cluster: string): Promise<number> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
  return Number(lines[3])
}
