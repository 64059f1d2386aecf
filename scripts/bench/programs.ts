import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from '@pramaan/core/platform/free-port'
import { type NodeProgram, startNodeProgram } from '../embedded/node-program.ts'
import type { LoadPlan, LoadResult } from './load-plan.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BUNDLE = 'dist/api.js'

/** A server that is being measured. */
export interface Program {
  name: 'ours' | 'bare'
  port: number
  pid: number
  stop(): Promise<void>
}

/** The API as it runs in production: the bundle, where there is a script that makes one, else the sources. */
export async function startOurs(env: Record<string, string>, profileFolder: string | null): Promise<Program> {
  const port = await freePort()
  const options =
    profileFolder === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=250 --cpu-prof-dir=${profileFolder}` }
  const program = startNodeProgram(apiFile(), {
    env: { ...env, ...options, PORT: String(port), METRICS_TOKEN: 'bench-metrics-token' },
  })
  await firstMessage(program, 'the API')
  return { name: 'ours', port, pid: program.pid, stop: () => program.stop(10_000) }
}

function apiFile(): string {
  if (!existsSync(`${ROOT}scripts/build.ts`)) return 'apps/api/src/main.ts'
  const build = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  if (build.status !== 0) throw new Error('the build failed')
  return existsSync(`${ROOT}${BUNDLE}`) ? BUNDLE : 'apps/api/src/main.ts'
}

export async function startBare(env: Record<string, string>): Promise<Program> {
  const program = startNodeProgram('scripts/bench/bare.ts', { env })
  const { port } = (await firstMessage(program, 'the bare program')) as { port: number }
  return { name: 'bare', port, pid: program.pid, stop: () => program.stop(2_000) }
}

export interface Generator {
  run(plan: LoadPlan): Promise<LoadResult>
  stop(): Promise<void>
}

/** The load generator, kept from one measurement to the next so that its own code is warm. */
export function startGenerator(env: Record<string, string>): Generator {
  const program = startNodeProgram('scripts/bench/load.ts', { env })
  return {
    async run(plan) {
      program.process.send(plan)
      const answer = (await nextMessage(program, 'the load generator')) as { result: LoadResult } | { failed: string }
      if ('failed' in answer) throw new Error(`the load generator: ${answer.failed}`)
      return answer.result
    },
    stop: () => program.stop(2_000),
  }
}

const firstMessage = (program: NodeProgram, name: string) => nextMessage(program, name)

async function nextMessage(program: NodeProgram, name: string): Promise<unknown> {
  const child: ChildProcess = program.process
  const ended = program.ended.then((how) => {
    throw new Error(`${name} ended: ${how}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as unknown[]
  return message
}
