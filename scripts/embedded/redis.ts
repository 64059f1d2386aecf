import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@pramaan/core/platform/free-port'
import { type Guarded, startGuarded } from './guarded.ts'

export interface RedisServer {
  url: string
  guarded: Guarded
  stop(): Promise<void>
}

const START_LIMIT_MS = 10_000

/** The first of `redis-server` and `valkey-server` on PATH that runs on this machine, or null. */
export function redisProgram(): string | null {
  const runs = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
  return ['redis-server', 'valkey-server'].find(runs) ?? null
}

/** Starts a private server on a free port of the loopback interface; it keeps nothing on disk and ends with us. */
export async function startRedis(program: string): Promise<RedisServer> {
  const port = await freePort()
  const guarded = await startGuarded(
    {
      program,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/'],
      env: { PATH: process.env.PATH ?? '' },
      ends: [
        { signal: 'SIGTERM', waitMs: 2_000 },
        { signal: 'SIGKILL', waitMs: 0 },
      ],
    },
    'ignore',
  )
  let how: string | undefined
  void guarded.ended.then((words) => {
    how = words
  })
  for (const limit = Date.now() + START_LIMIT_MS; !(await answers(port)); await sleep(20)) {
    if (how !== undefined) throw new Error(`${program} did not start: ${how}`)
    if (Date.now() > limit) throw new Error(`${program} does not answer on port ${port}`)
  }
  return { url: `redis://127.0.0.1:${port}`, guarded, stop: () => guarded.stop() }
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

export type RedisChoice = { description: string } & (
  | { kind: 'given'; url: string }
  | { kind: 'server'; program: string }
  | { kind: 'standin' }
)

/**
 * Which Redis to use: `REDIS_URL`, else what `EMBEDDED_REDIS` says (auto, server or standin).
 *
 * @throws Error when a server is demanded and none is installed
 */
export function chooseRedis(given: Record<string, string | undefined>): RedisChoice {
  if (given.REDIS_URL) return { kind: 'given', url: given.REDIS_URL, description: 'yours, from REDIS_URL' }
  const wanted = given.EMBEDDED_REDIS ?? 'auto'
  if (!['auto', 'server', 'standin'].includes(wanted)) {
    throw new Error(`EMBEDDED_REDIS must be auto, server or standin, not ${wanted}.`)
  }
  const program = wanted === 'standin' ? null : redisProgram()
  if (program) return { kind: 'server', program, description: `${program}, found on PATH, on a private port` }
  if (wanted === 'server') {
    throw new Error('EMBEDDED_REDIS=server, but neither redis-server nor valkey-server is on PATH.')
  }
  const why = wanted === 'standin' ? 'EMBEDDED_REDIS=standin' : 'no redis-server or valkey-server is on PATH'
  return { kind: 'standin', description: `the built-in stand-in, for development and tests only (${why})` }
}
