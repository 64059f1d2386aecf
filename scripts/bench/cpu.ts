import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts the time of a process in hundredths of a second, whatever the kernel's own clock. */
const MS_PER_TICK = 10

/** The processes whose time is counted. */
export interface Watched {
  app: number
  /** The postmaster: its backends, workers and those that have ended already count with it. */
  postgres: number
  redis: number
}

/** CPU time used so far, in ms. */
export type CpuTimes = Record<keyof Watched, number>

/** Reads /proc; on systems without one, everything is 0. */
export function cpuTimes(watched: Watched): CpuTimes {
  const postgres = [watched.postgres, ...childrenOf(watched.postgres)].map(timesOf)
  return {
    app: timesOf(watched.app).own,
    postgres: postgres.reduce((sum, { own }) => sum + own, postgres[0]?.ofEnded ?? 0),
    redis: timesOf(watched.redis).own,
  }
}

function timesOf(pid: number): { parent: number; own: number; ofEnded: number } {
  try {
    // The second field is the program's name in parentheses, and may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = (index: number) => Number(fields[index])
    return {
      parent: ticks(1),
      own: (ticks(11) + ticks(12)) * MS_PER_TICK,
      ofEnded: (ticks(13) + ticks(14)) * MS_PER_TICK,
    }
  } catch {
    return { parent: 0, own: 0, ofEnded: 0 }
  }
}

function childrenOf(parent: number): number[] {
  try {
    const pids = readdirSync('/proc').map(Number).filter(Boolean)
    return pids.filter((pid) => timesOf(pid).parent === parent)
  } catch {
    return []
  }
}
