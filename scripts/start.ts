import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { archiving } from './embedded/archive.ts'
import { choosePort } from './embedded/choose-port.ts'
import { startEmulators } from './embedded/emulators.ts'
import { lockFolder } from './embedded/folder-lock.ts'
import { startNodeProgram } from './embedded/node-program.ts'
import { provideDatabase, startPostgres } from './embedded/postgres.ts'
import { chooseRedis, startRedis } from './embedded/redis.ts'
import { readSecrets } from './embedded/secrets.ts'
import { createSupervisor, type Supervisor } from './embedded/supervisor.ts'

type Settings = Record<string, string>

const MIGRATIONS = fileURLToPath(new URL('../packages/db/migrations', import.meta.url))
const READY_LIMIT_MS = 60_000
const APP_STOP_LIMIT_MS = 8_000
const say = (text: string) => process.stdout.write(`${text}\n`)

/** `npm start`: everything that Pramaan needs, on this machine; with a database of one's own, API and worker alone. */
async function main(supervisor: Supervisor): Promise<void> {
  const given = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
  if (given.DATABASE_URL || given.NODE_ENV === 'production') {
    const port = await choosePort(given.PORT, given.HOST, 0)
    say('Nothing is embedded, as DATABASE_URL or NODE_ENV=production is set: every setting is yours.')
    return startApps(supervisor, { MIGRATIONS_DIR: MIGRATIONS, ...given, PORT: String(port) })
  }
  return startEmbedded(supervisor, given)
}

async function startEmbedded(supervisor: Supervisor, given: Settings): Promise<void> {
  const folder = resolve(given.DATA_DIR ?? '.data')
  // Others may pass through to what is theirs (PostgreSQL, when we are root), and list nothing.
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  mkdirSync(join(folder, 'mail'), { recursive: true, mode: 0o700 })
  const lock = await lockFolder(folder)
  supervisor.afterwards(lock.release)
  // Children of a killed predecessor get the time that they have for ending.
  const port = await choosePort(given.PORT, given.HOST, lock.leftBehind ? 12_000 : 0)
  const url = `http://127.0.0.1:${port}`
  const secrets = readSecrets(folder)
  const known = { ...secrets.settings, ...given }
  const redis = chooseRedis(given)
  const [database, redisUrl, emulators] = await Promise.all([
    startDatabase(supervisor, folder, secrets.postgres, archiving(given, folder)),
    redis.kind === 'server' ? startRedisServer(supervisor, redis.program) : redis.kind === 'given' ? redis.url : null,
    startDoubles(supervisor, folder, known, url, redis.kind === 'standin'),
  ])
  say(`Pramaan, with everything on this machine and its data in ${folder}`)
  say(`  PostgreSQL  embedded, 127.0.0.1:${database.port}`)
  say(`  Redis       ${redis.description}`)
  for (const path of database.opened) {
    say(`  Note: PostgreSQL does not run as root but as another user, who may now pass through ${path} (chmod o+x).`)
  }
  await startApps(supervisor, {
    MAIL_FROM: 'Pramaan <no-reply@pramaan.test>',
    LOG_LEVEL: 'warn',
    PUBLIC_URL: url,
    SMTP_URL: emulators.smtp,
    RAZORPAY_BASE_URL: emulators.razorpay,
    WHATSAPP_GRAPH_BASE_URL: emulators.whatsapp,
    ...modelBeside(known, emulators.ai),
    ...known,
    PORT: String(port),
    DATA_DIR: folder,
    ERASURE_LEDGER: given.ERASURE_LEDGER ?? join(resolve(given.BACKUP_DIR ?? folder), 'erasures.ndjson'),
    MIGRATIONS_DIR: MIGRATIONS,
    DATABASE_URL: database.appUrl,
    DATABASE_MIGRATE_URL: database.ownerUrl,
    REDIS_URL: redisUrl ?? String(emulators.redis),
    EMBEDDED: 'on',
    SEED_DEMO: 'on',
  })
  say(welcome(given.PUBLIC_URL ?? url, emulators.whatsapp))
  say(`ready ${url}`)
}

/** The emulated model, unless a model or none was chosen: half of one and half of the other would be neither. */
const modelBeside = ({ AI_PROVIDER }: Settings, url: string): Settings =>
  AI_PROVIDER
    ? {}
    : { AI_PROVIDER: 'anthropic', AI_BASE_URL: url, AI_MODEL: 'emulated-model', AI_API_KEY: 'embedded-demo-key' }

async function startDatabase(
  supervisor: Supervisor,
  folder: string,
  passwords: { superuser: string; owner: string; app: string },
  settings: Record<string, string>,
) {
  const server = await startPostgres({ folder, superuserPassword: passwords.superuser, durable: true, settings })
  supervisor.add({ name: 'PostgreSQL', rank: 2, ended: server.guarded.ended, stop: server.stop })
  await provideDatabase(server.url('postgres', passwords.superuser, 'postgres'), 'pramaan', [
    { name: 'pramaan_owner', password: passwords.owner },
    { name: 'pramaan_app', password: passwords.app },
  ])
  return {
    port: server.port,
    opened: server.opened,
    ownerUrl: server.url('pramaan_owner', passwords.owner, 'pramaan'),
    appUrl: server.url('pramaan_app', passwords.app, 'pramaan'),
  }
}

async function startRedisServer(supervisor: Supervisor, program: string): Promise<string> {
  const server = await startRedis(program)
  supervisor.add({ name: program, rank: 2, ended: server.guarded.ended, stop: server.stop })
  return server.url
}

async function startDoubles(supervisor: Supervisor, folder: string, known: Settings, url: string, standin: boolean) {
  const emulators = await startEmulators({
    MAIL_DIR: join(folder, 'mail'),
    WHATSAPP_APP_ID: known.WHATSAPP_APP_ID ?? '',
    WHATSAPP_APP_SECRET: known.WHATSAPP_APP_SECRET ?? '',
    WHATSAPP_VERIFY_TOKEN: known.WHATSAPP_VERIFY_TOKEN ?? '',
    WHATSAPP_WEBHOOK_URL: `${url}/webhooks/whatsapp`,
    WHATSAPP_AUTO: 'on',
    WHATSAPP_STATE_FILE: join(folder, 'whatsapp.json'),
    RAZORPAY_KEY_ID: known.RAZORPAY_KEY_ID ?? '',
    RAZORPAY_KEY_SECRET: known.RAZORPAY_KEY_SECRET ?? '',
    RAZORPAY_WEBHOOK_SECRET: known.RAZORPAY_WEBHOOK_SECRETS?.split(',')[0] ?? '',
    RAZORPAY_WEBHOOK_URL: `${url}/webhooks/razorpay`,
    RAZORPAY_AUTO: 'on',
    RAZORPAY_STATE_FILE: join(folder, 'razorpay.json'),
    ...(standin ? { REDIS_PORT: '0' } : {}),
  })
  supervisor.add({ name: 'the emulators', rank: 1, ended: emulators.program.ended, stop: emulators.stop })
  return emulators
}

/** Both migrate first, one after the other, and say when they work; /readyz then speaks for everything behind the API. */
async function startApps(supervisor: Supervisor, env: Settings): Promise<void> {
  const apps = [
    { name: 'the API', program: startNodeProgram('apps/api/src/main.ts', { env }) },
    { name: 'the worker', program: startNodeProgram('apps/worker/src/main.ts', { env }) },
  ]
  for (const { name, program } of apps) {
    supervisor.add({ name, rank: 0, ended: program.ended, stop: () => program.stop(APP_STOP_LIMIT_MS) })
  }
  const late = new Error(`API and worker were not ready within ${READY_LIMIT_MS / 1000} s`)
  const signal = AbortSignal.timeout(READY_LIMIT_MS)
  try {
    await Promise.all(apps.map(({ program }) => once(program.process, 'message', { signal })))
    const host = !env.HOST || ['0.0.0.0', '::'].includes(env.HOST) ? '127.0.0.1' : env.HOST
    const isReady = () => fetch(`http://${host}:${env.PORT}/readyz`, { signal }).then((answer) => answer.ok)
    while (!(await isReady())) await sleep(100, undefined, { signal })
  } catch (error) {
    throw signal.aborted ? late : error
  }
}

const DEMO_LOGINS = ['owner', 'reviewer', 'admin', 'inspector'].map((who) => `${who}@demo.pramaan.test`)
const DEMO_PASSWORD = 'demo-Pramaan-2026'

const welcome = (url: string, whatsapp: string) => `
  API         ${url}/api
  Docs        ${url}/docs
  Caught mail ${url}/dev/mail
  WhatsApp    ${whatsapp}/phone (what the recipients see)

  Demo logins, all with the password ${DEMO_PASSWORD}:
    ${DEMO_LOGINS.join('  ')}
  For these logins on this embedded installation alone, the duty of staff to use a second factor (TOTP) is waived.
`

const supervisor = createSupervisor()
await main(supervisor).catch((error: Error) => supervisor.fail(error.message))
