import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type NodeProgram, startNodeProgram } from './node-program.ts'

/** Where the doubles listen, as they print it themselves. */
export interface EmulatorUrls {
  razorpay: string
  whatsapp: string
  ai: string
  smtp: string
  /** The Redis stand-in; null unless `REDIS_PORT` was set. */
  redis: string | null
}

export interface Emulators extends EmulatorUrls {
  program: NodeProgram
  stop(): Promise<void>
}

/** Starts the vendors' doubles as a process of their own; it ends with us. `env` are its settings. */
export async function startEmulators(env: Record<string, string>): Promise<Emulators> {
  const program = startNodeProgram('apps/emulators/src/main.ts', { env: { ...process.env, ...env }, stdout: 'pipe' })
  const lines = createInterface({ input: program.process.stdout as NodeJS.ReadableStream })
  const first = await Promise.race([once(lines, 'line'), program.ended])
  if (typeof first === 'string') throw new Error(`the emulators did not start: ${first}`)
  return { ...(JSON.parse(String(first[0])) as EmulatorUrls), program, stop: () => program.stop(3_000) }
}
