import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const END_WITH_PARENT = new URL('./end-with-parent.ts', import.meta.url).href

export interface NodeProgram {
  readonly pid: number
  readonly process: ChildProcess
  /** How it ended, in words. */
  readonly ended: Promise<string>
  /** SIGTERM, then SIGKILL after `limitMs`. */
  stop(limitMs: number): Promise<void>
}

export interface NodeProgramOptions {
  args?: string[]
  env?: NodeJS.ProcessEnv
  /** `pipe` for the caller to read it, `inherit` (the default) to pass it on. */
  stdout?: 'pipe' | 'inherit'
  /** A file that takes all that it says, at its end, instead. */
  output?: string
}

/** Starts a program, straight from its TypeScript, as a child that ends with us. `file` is relative to the root. */
export function startNodeProgram(file: string, options: NodeProgramOptions = {}): NodeProgram {
  const output = options.output === undefined ? null : openSync(options.output, 'a')
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, path, ...(options.args ?? [])], {
    env: options.env ?? process.env,
    stdio: ['ignore', output ?? options.stdout ?? 'inherit', output ?? 'inherit', 'ipc'],
  })
  if (output !== null) closeSync(output)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`))
  })
  return {
    pid: child.pid ?? 0,
    process: child,
    ended,
    async stop(limitMs) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), limitMs)
      await exited
      clearTimeout(force)
    },
  }
}
