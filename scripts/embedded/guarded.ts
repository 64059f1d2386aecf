import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { GuardNews, GuardOrder } from './guard.ts'

const GUARD = fileURLToPath(new URL('./guard.ts', import.meta.url))

export interface Guarded {
  /** Of the program, not of its guard. */
  readonly pid: number
  readonly guardPid: number
  /** How the program ended, in words. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/**
 * Starts a program that ends with us, however we end; see `guard.ts`. `output` is a file descriptor for what it prints.
 *
 * @throws Error when the program cannot be started
 */
export async function startGuarded(order: GuardOrder, output: number | 'ignore'): Promise<Guarded> {
  const guard = spawn(process.execPath, [GUARD, JSON.stringify(order)], {
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  })
  const { promise: started, resolve: isStarted, reject: failed } = Promise.withResolvers<number>()
  const { promise: ended, resolve: isEnded } = Promise.withResolvers<string>()
  let pid = 0
  guard.on('message', (news: GuardNews) => {
    if ('started' in news) {
      pid = news.started
      isStarted(pid)
    } else isEnded(news.ended)
  })
  guard.on('exit', (code, signal) => {
    // Only somebody who kills the guard itself gets here with the program still running.
    if (signal && pid) quietly(() => process.kill(pid, order.ends[0]?.signal ?? 'SIGTERM'))
    isEnded(signal ? `its guard was ended by ${signal}` : `its guard ended with exit code ${code}`)
  })
  guard.on('error', failed)
  void ended.then((how) => failed(new Error(`${order.program} did not start: ${how}`)))
  await started
  return {
    pid,
    guardPid: guard.pid ?? 0,
    ended,
    async stop() {
      if (guard.connected) quietly(() => guard.send('end'))
      await ended
    },
  }
}

function quietly(action: () => unknown): void {
  try {
    action()
  } catch {
    // It is gone already, which is what was wanted.
  }
}
