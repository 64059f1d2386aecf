import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { startNodeProgram } from '../embedded/node-program.ts'

const STOP_LIMIT_MS = 30_000

export interface Instance {
  url: string
  /** Ends what was started here; a running `npm start` is left alone. */
  stop(): Promise<void>
}

/**
 * The installation to play with: the one at `--url`, else a running `npm start` on `PORT` (8787), else one of our own
 * with data that is thrown away.
 *
 * @throws Error when `--url` does not answer, or nothing could be started
 */
export async function findInstance(args: string[]): Promise<Instance> {
  const { values } = parseArgs({ args, options: { url: { type: 'string' } } })
  const asked = values.url?.replace(/\/$/, '')
  const url = asked ?? `http://127.0.0.1:${process.env.PORT || 8787}`
  if (await isEmbedded(url)) {
    process.stdout.write(`Using the installation at ${url}.\n`)
    return { url, stop: () => Promise.resolve() }
  }
  if (asked) throw new Error(`${asked} is no embedded installation that is ready. Start one with npm start.`)
  process.stdout.write('No installation is running, so one is started for this demo alone.\n')
  return startInstance()
}

/** Only an embedded installation has demo logins and shows its mail. */
const isEmbedded = (url: string) =>
  Promise.all([`${url}/readyz`, `${url}/dev/mail`].map((page) => fetch(page, { signal: AbortSignal.timeout(5_000) })))
    .then((answers) => answers.every((answer) => answer.ok))
    .catch(() => false)

/**
 * `npm start` on a free port with an empty folder, which is removed afterwards. It ends with us, however we end.
 *
 * @throws Error when it is not ready
 */
export async function startInstance(): Promise<Instance> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-demo-'))
  // PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755)
  const { DATABASE_URL, REDIS_URL, NODE_ENV, PUBLIC_URL, ...env } = process.env
  const program = startNodeProgram('scripts/start.ts', {
    env: { ...env, PORT: '0', DATA_DIR: folder },
    stdout: 'pipe',
  })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= program.stop(STOP_LIMIT_MS).then(() => rmSync(folder, { recursive: true, force: true }))
    return stopped
  }
  const lines = createInterface({ input: program.process.stdout as NodeJS.ReadableStream })
  const printed: string[] = []
  const { promise: ready, resolve: isReady } = Promise.withResolvers<{ url: string }>()
  lines.on('line', (line) => {
    printed.push(line)
    const url = /^ready (http\S+)$/.exec(line)?.[1]
    if (url) isReady({ url })
  })
  const end = await Promise.race([ready, program.ended])
  if (typeof end !== 'string') return { url: end.url, stop }
  await stop()
  throw new Error(`The installation did not start (${end}).\n${printed.join('\n')}`)
}
