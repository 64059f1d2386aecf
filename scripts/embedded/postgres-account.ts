import { execFileSync } from 'node:child_process'
import { chmodSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Account {
  uid: number
  gid: number
}

/**
 * Who PostgreSQL runs as: ourselves (null), or, as it refuses to run as root, the owner of the data that is already
 * there, else the user `postgres`, else `nobody`. No user is created.
 */
export function postgresAccount(dataFolder: string): Account | null {
  if (process.getuid?.() !== 0) return null
  const owner = statSync(dataFolder, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => idOf(flag, name))
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as')
}

function idOf(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return undefined
  }
}

/**
 * Lets another account pass through the folders above `path` (the search bit, which lists nothing): a folder made by
 * root for itself, such as one of mktemp, would hide the data from it.
 *
 * @returns the folders that were opened
 */
export function openWayTo(path: string): string[] {
  const opened: string[] = []
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const { mode } = statSync(folder)
    if (mode & 0o001) continue
    chmodSync(folder, (mode & 0o7777) | 0o001)
    opened.push(folder)
  }
  return opened
}
