/** Something that runs beside us, and that nothing works without. */
export interface Part {
  name: string
  /** Parts of a lower rank are stopped first, as they use those of a higher one. */
  rank: number
  /** How it ended, in words. */
  ended: Promise<string>
  stop(): Promise<void>
}

export interface Supervisor {
  add(part: Part): void
  /** Runs when every part has stopped. */
  afterwards(action: () => void): void
  /** Says what went wrong, stops everything and exits with 1. */
  fail(reason: string): Promise<void>
}

/**
 * Keeps the parts of `npm start` together: when one ends by itself, or we are told to end, all are stopped, in order.
 * A part that died is not started again: on a developer's machine it has found something that should be looked at.
 */
export function createSupervisor(): Supervisor {
  const parts: Part[] = []
  const actions: (() => void)[] = []
  let stopping = false

  async function stop(exitCode: number): Promise<void> {
    if (stopping) return
    stopping = true
    for (const rank of [...new Set(parts.map((part) => part.rank))].sort()) {
      await Promise.all(parts.filter((part) => part.rank === rank).map((part) => part.stop()))
    }
    for (const action of actions) action()
    process.exit(exitCode)
  }

  async function fail(reason: string): Promise<void> {
    if (stopping) return
    process.stderr.write(`${reason}\n`)
    await stop(1)
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait; what is left ends by itself when we are gone.
      if (stopping) process.exit(1)
      void stop(0)
    })
  }
  return {
    fail,
    add(part) {
      parts.push(part)
      void part.ended.then((how) => fail(`Everything is being stopped, because ${part.name} ended: ${how}.`))
    },
    afterwards: (action) => void actions.push(action),
  }
}
