interface Task {
  account: string
  due: number
  run: () => void
}

/**
 * The time inside a double. Every account has its own, so that test files that share the process can move theirs alone.
 * A running clock follows the real one, a standing clock moves only when told. Times are milliseconds since 1970.
 */
export interface Clock {
  now(account: string): number
  schedule(account: string, delayMs: number, run: () => void): void
  /** Moves one account, or all with null, forward and runs what falls due on the way, each at its own time. */
  advance(account: string | null, byMs: number): void
  /** Puts one account to a time, earlier or later: only before anything has happened there. */
  set(account: string, at: number): void
  /** Runs what is due; a double whose clock runs calls this again and again. */
  runDue(): void
  /** Drops the moves and the tasks of one account, or of all. */
  forget(account: string | null): void
}

export function createClock(options: { real: () => number; running: boolean }): Clock {
  const start = options.real()
  const base = () => (options.running ? options.real() : start)
  const offsets = new Map<string, number>()
  let sharedOffset = 0
  let tasks: Task[] = []

  const now = (account: string) => base() + sharedOffset + (offsets.get(account) ?? 0)

  function move(account: string, byMs: number) {
    offsets.set(account, (offsets.get(account) ?? 0) + byMs)
  }

  /** Removes and gives the tasks that are wanted, the first one due first. */
  function takeDue(wanted: (task: Task) => boolean): Task[] {
    // Asked once for each task: a running clock may move on between two questions, and a task would be lost.
    const due = new Set(tasks.filter(wanted))
    if (due.size > 0) tasks = tasks.filter((task) => !due.has(task))
    return [...due].sort((a, b) => a.due - b.due)
  }

  function runUntil(account: string, end: number) {
    for (;;) {
      const due = takeDue((task) => task.account === account && task.due <= end)
      if (due.length === 0) break
      for (const task of due) {
        move(account, Math.max(0, task.due - now(account)))
        task.run()
      }
    }
    move(account, Math.max(0, end - now(account)))
  }

  return {
    now,
    schedule(account, delayMs, run) {
      tasks.push({ account, due: now(account) + delayMs, run })
    },
    advance(account, byMs) {
      if (account !== null) {
        runUntil(account, now(account) + byMs)
        return
      }
      const accounts = new Set([...tasks.map((task) => task.account), ...offsets.keys()])
      for (const each of accounts) {
        runUntil(each, now(each) + byMs)
        move(each, -byMs)
      }
      sharedOffset += byMs
    },
    set: (account, at) => move(account, at - now(account)),
    runDue() {
      for (const task of takeDue((candidate) => candidate.due <= now(candidate.account))) task.run()
    },
    forget(account) {
      tasks = account === null ? [] : tasks.filter((task) => task.account !== account)
      if (account === null) {
        offsets.clear()
        sharedOffset = 0
      } else offsets.delete(account)
    },
  }
}
