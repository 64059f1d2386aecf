import { type SpawnOptions, spawn } from 'node:child_process'

/**
 * Runs one program that does not notice when we die (PostgreSQL, Redis) and ends it as soon as the process that started
 * us closes the channel or vanishes: also by SIGKILL, when that process can no longer do anything itself. It lives in a
 * process group of its own, so a signal to the whole group of `npm start` reaches the guard's parent and not the guard.
 */
export interface GuardOrder {
  program: string
  args: string[]
  env: Record<string, string>
  uid?: number
  gid?: number
  /** Signals to end the program with, each with the time it gets before the next one. */
  ends: { signal: NodeJS.Signals; waitMs: number }[]
}

export type GuardNews = { started: number } | { ended: string }

const order = JSON.parse(process.argv[2] ?? '') as GuardOrder
const tell = (news: GuardNews) => process.send?.(news, () => undefined)

const account: Pick<SpawnOptions, 'uid' | 'gid'> = {
  ...(order.uid === undefined ? {} : { uid: order.uid }),
  ...(order.gid === undefined ? {} : { gid: order.gid }),
}
const program = spawn(order.program, order.args, { env: order.env, stdio: ['ignore', 1, 2], ...account })
program.on('spawn', () => tell({ started: program.pid ?? 0 }))
program.on('error', (error) => leave(error.message))
program.on('exit', (code, signal) => leave(signal ? `ended by ${signal}` : `exit code ${code}`))

let ending = false
function end(): void {
  if (ending) return
  ending = true
  let delayMs = 0
  for (const { signal, waitMs } of order.ends) {
    setTimeout(() => program.kill(signal), delayMs)
    delayMs += waitMs
  }
}

function leave(how: string): void {
  if (process.connected) process.send?.({ ended: how } satisfies GuardNews, () => process.exit(0))
  else process.exit(0)
}

process.on('disconnect', end)
process.on('message', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
// The parent may have vanished before the line above was reached.
if (!process.connected) end()
