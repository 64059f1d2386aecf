import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@pramaan/core/platform/free-port'
import { capturedFile } from '@pramaan/core/testing'
import pg from 'pg'
import { startEmulators } from '../embedded/emulators.ts'
import { type NodeProgram, startNodeProgram } from '../embedded/node-program.ts'
import { type PostgresServer, provideDatabase, startPostgres } from '../embedded/postgres.ts'
import { redisProgram, startRedis } from '../embedded/redis.ts'
import { readSecrets } from '../embedded/secrets.ts'

const MIGRATIONS = fileURLToPath(new URL('../../packages/db/migrations', import.meta.url))

/** Where `npm` tasks keep what Node has compiled: each start of a process is a second shorter with it. */
export const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url))

/** What is written must outlive a killed server. Only the machine's own death is not played here, so nothing is flushed. */
const CRASH_SAFE = { synchronous_commit: 'on', full_page_writes: 'on' }

export interface Server {
  url: string
  redis: Redis
  program: NodeProgram
}

interface Redis {
  kind: 'server' | 'standin'
  url: string
  /** Of the process that serves it and nothing else; null for the stand-in beside the other doubles. */
  pid: number | null
}

/** The whole product on this machine, every part a process of its own that a test may break. */
export interface Installation {
  /** Each with a Redis of its own, so that both kinds are met. */
  servers: [Server, Server]
  worker: NodeProgram
  postgres: Postgres
  settings: Record<string, string>
  /** Another API, or one on the port of a server that has ended. Resolves when it listens. */
  startApi(redis: Redis, port?: number): Promise<Server>
  stop(): Promise<void>
}

export interface Postgres {
  pid(): number
  /** One statement as the superuser, on a connection of its own. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Cuts all connections and stops, without a checkpoint: what is left is what a crash leaves. */
  stopAtOnce(): Promise<void>
  /** Starts again, on the port that it had. */
  start(): Promise<void>
}

/** Starts all processes of ours at the same moment, on a database that is empty. */
export async function startInstallation(): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-faults-'))
  // PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755)
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of stops.toReversed()) await end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }
  try {
    return { ...(await startParts(folder, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startParts(folder: string, stops: (() => Promise<void>)[]): Promise<Omit<Installation, 'stop'>> {
  const secrets = readSecrets(folder)
  const ports = [await freePort(), await freePort()] as const
  const doubles = (env: Record<string, string>) =>
    startEmulators({ ...secrets.settings, NODE_ENV: 'test', MAIL_DIR: join(folder, 'mail'), REDIS_PORT: '0', ...env })
  const [postgres, emulators, ownRedis] = await Promise.all([
    startDatabase(folder, secrets.postgres, stops),
    doubles({ WHATSAPP_WEBHOOK_URL: `http://127.0.0.1:${ports[0]}/webhooks/whatsapp`, WHATSAPP_AUTO: 'on' }),
    startOwnRedis(() => doubles({ WHATSAPP_AUTO: 'off' })),
  ])
  stops.push(emulators.stop, ownRedis.stop)
  const settings: Record<string, string> = {
    ...secrets.settings,
    PATH: process.env.PATH ?? '',
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    LOG_LEVEL: 'debug',
    MAIL_FROM: 'Pramaan <no-reply@pramaan.test>',
    PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
    SMTP_URL: emulators.smtp,
    WHATSAPP_GRAPH_BASE_URL: emulators.whatsapp,
    DATA_DIR: folder,
    MIGRATIONS_DIR: MIGRATIONS,
    DATABASE_URL: postgres.urls.app,
    DATABASE_MIGRATE_URL: postgres.urls.owner,
    REDIS_URL: ownRedis.redis.url,
    EMBEDDED: 'on',
    SEED_DEMO: 'on',
  }
  const startApi = async (redis: Redis, port: number): Promise<Server> => {
    const env = { ...settings, REDIS_URL: redis.url, PORT: String(port) }
    const program = startNodeProgram('apps/api/src/main.ts', { env, output: capturedFile('faults-api') })
    stops.push(() => program.stop(5_000))
    await working(program, 'the API')
    return { url: `http://127.0.0.1:${port}`, redis, program }
  }
  const standin: Redis = { kind: 'standin', url: String(emulators.redis), pid: null }
  const worker = startNodeProgram('apps/worker/src/main.ts', { env: settings, output: capturedFile('faults-worker') })
  stops.push(() => worker.stop(5_000))
  const servers = await Promise.all([
    startApi(ownRedis.redis, ports[0]),
    startApi(standin, ports[1]),
    working(worker, 'the worker'),
  ])
  return {
    servers: [servers[0], servers[1]],
    worker,
    postgres,
    settings,
    startApi: async (redis, port) => startApi(redis, port ?? (await freePort())),
  }
}

/** @throws Error when the program ends before it says that it works */
async function working(program: NodeProgram, name: string): Promise<void> {
  const ready = new Promise<null>((resolve) => program.process.once('message', () => resolve(null)))
  const ended = await Promise.race([ready, program.ended])
  if (ended !== null) throw new Error(`${name} did not start: ${ended}`)
}

async function startDatabase(
  folder: string,
  passwords: { superuser: string; owner: string; app: string },
  stops: (() => Promise<void>)[],
) {
  const options = { folder, superuserPassword: passwords.superuser, durable: false, settings: CRASH_SAFE }
  let server: PostgresServer = await startPostgres(options)
  stops.push(() => server.stop())
  const { port } = server
  const superuser = (database: string) => server.url('postgres', passwords.superuser, database)
  await provideDatabase(superuser('postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: passwords.owner },
    { name: 'pramaan_app', password: passwords.app },
  ])
  const postgres: Postgres = {
    pid: () => server.guarded.pid,
    async sql(text, values) {
      const client = new pg.Client({ connectionString: superuser('pramaan') })
      client.on('error', () => undefined)
      await client.connect()
      try {
        return (await client.query(text, values)).rows
      } finally {
        await client.end()
      }
    },
    async stopAtOnce() {
      process.kill(server.guarded.pid, 'SIGQUIT')
      await server.guarded.ended
    },
    async start() {
      server = await startPostgres({ ...options, port })
    },
  }
  const urls = {
    owner: server.url('pramaan_owner', passwords.owner, 'pramaan'),
    app: server.url('pramaan_app', passwords.app, 'pramaan'),
  }
  return { ...postgres, urls }
}

async function startOwnRedis(
  standin: () => ReturnType<typeof startEmulators>,
): Promise<{ redis: Redis; stop(): Promise<void> }> {
  const program = redisProgram()
  if (program) {
    const { url, guarded, stop } = await startRedis(program)
    return { redis: { kind: 'server', url, pid: guarded.pid }, stop }
  }
  const { redis, program: process, stop } = await standin()
  return { redis: { kind: 'standin', url: String(redis), pid: process.pid }, stop }
}
