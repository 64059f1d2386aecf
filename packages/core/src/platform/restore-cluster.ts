import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { appendFile, chown, cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { readManifest, verifyBackup, verifyWal } from './backup-manifest.ts'
import { freePort } from './free-port.ts'

/** A connection that may do everything, to a server that nobody else reaches. */
export type Superuser = pg.Client

const RECOVERY_LIMIT_MS = 600_000

/** The newest base backup that was finished at a moment. @throws Error when there is none */
export async function backupBefore(folder: string, moment: Date): Promise<string> {
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => !name.endsWith('.unfinished')) : []
  for (const name of names.sort().reverse()) {
    const { finishedAt } = await readManifest(join(folder, name))
    if (new Date(finishedAt) <= moment) return join(folder, name)
  }
  throw new Error(`no backup in ${folder} was finished before ${moment.toISOString()}`)
}

/**
 * Makes a cluster out of a base backup and the archived log, which stops at a moment when its server is started. Every
 * byte of the backup and the sequence of the log are checked first.
 *
 * @throws Error for a corrupt backup, a gap in the log, or a cluster that is there already
 */
export async function prepareCluster(options: {
  backupDir: string
  moment: Date
  cluster: string
}): Promise<{ backup: string; segments: number }> {
  const { backupDir, moment, cluster } = options
  if (existsSync(cluster)) throw new Error(`${cluster} is there already: restore into a new folder`)
  const backup = await backupBefore(join(backupDir, 'base'), moment)
  const { firstWal } = await verifyBackup(backup)
  const wal = join(backupDir, 'wal')
  const segments = await verifyWal(wal, firstWal)
  const unfinished = `${cluster}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  await cp(backup, unfinished, { recursive: true })
  await rm(join(unfinished, 'pramaan-manifest.json'))
  await writeFile(join(unfinished, 'recovery.signal'), '')
  const settings = [
    `restore_command = 'cp "${wal}/%f" "%p"'`,
    `recovery_target_time = '${moment.toISOString().replace('T', ' ').replace('Z', '+00')}'`,
    `recovery_target_action = 'promote'`,
  ]
  await appendFile(join(unfinished, 'postgresql.auto.conf'), `${settings.join('\n')}\n`)
  await giveTo(unfinished, statSync(wal))
  await rename(unfinished, cluster)
  return { backup, segments }
}

/** PostgreSQL does not run as root: what root copied goes to whoever archived the log. */
export async function giveTo(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  if (process.getuid?.() !== 0 || uid === 0) return
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chown(join(entry.parentPath, entry.name), uid, gid)
  }
  await chown(folder, uid, gid)
}

/**
 * Starts the server of a prepared cluster for nobody but the caller, lets it recover to its moment, and stops it when
 * `body` is done. It archives nothing.
 *
 * @throws Error with the end of the server's log when it refuses, for instance because the log ends before the moment
 */
export async function whileRecovered<Result>(
  options: { cluster: string; postgres: string; urlFor: (port: number) => string },
  body: (superuser: Superuser, port: number) => Promise<Result>,
): Promise<Result> {
  const { cluster, postgres, urlFor } = options
  const port = await freePort()
  const log = `${cluster}.recovery.log`
  const output = openSync(log, 'w', 0o600)
  const { uid, gid } = statSync(cluster)
  const account = process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : {}
  const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'archive_mode=off', 'timezone=UTC']
  const args = ['-D', cluster, '-p', String(port), ...flags.flatMap((flag) => ['-c', flag])]
  const server = spawn(postgres, args, { stdio: ['ignore', output, output], env: { LC_ALL: 'C' }, ...account })
  closeSync(output)
  const ended = new Promise<void>((resolve) => server.on('exit', () => resolve()).on('error', () => resolve()))
  try {
    await isRecovered(urlFor(port), ended)
    const superuser = listening({ connectionString: urlFor(port) })
    await superuser.connect()
    try {
      return await body(superuser, port)
    } finally {
      await superuser.end()
    }
  } catch (error) {
    if (server.exitCode === null) throw error
    const said = readFileSync(log, 'utf8').trim().split('\n')
    const refusals = said.filter((line) => /FATAL|PANIC/.test(line))
    const why = (refusals.length > 0 ? refusals : said).slice(-3).join(' ')
    throw new Error(`PostgreSQL did not recover: ${why} (${log})`, { cause: error })
  } finally {
    server.kill('SIGINT')
    await ended
  }
}

/** A client whose server may go away at any moment: its statements hear that, and an error nobody hears ends the process. */
const listening = (config: pg.ClientConfig): pg.Client => new pg.Client(config).on('error', () => undefined)

async function isRecovered(url: string, ended: Promise<void>): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (const limit = Date.now() + RECOVERY_LIMIT_MS; Date.now() < limit && !over; await sleep(100)) {
    const client = listening({ connectionString: url, connectionTimeoutMillis: 1_000 })
    try {
      await client.connect()
      const { rows } = await client.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering')
      if (rows[0]?.recovering === false) return
    } catch {
      // Not yet.
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  throw new Error('the server is not ready')
}
