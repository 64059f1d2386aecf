import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'

export interface FolderLock {
  /** Whether the one before us ended without giving the folder back: its children may still be ending. */
  readonly leftBehind: boolean
  release(): void
}

/** Somebody else works on the folder. */
class FolderInUseError extends Error {
  constructor(folder: string, pid: number) {
    super(
      `${folder} is in use by process ${pid}, another \`npm start\`. Stop that one first, or start this one beside it ` +
        'with another DATA_DIR and PORT: DATA_DIR=.data-2 PORT=8788 npm start',
    )
    this.name = 'FolderInUseError'
  }
}

interface Holder {
  pid: number
  port: number
  token: string
}

/**
 * Takes a folder for this process. The lock is alive as long as its holder answers on a loopback port with its token:
 * the system closes the port with the process, so a killed holder leaves no lock behind, and a process that has got
 * the same number later is not mistaken for it.
 *
 * @throws FolderInUseError
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, 'start.lock')
  const token = randomUUID()
  const server = createServer((socket) => socket.on('error', () => undefined).end(token)).unref()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const own = `${file}.${process.pid}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, port, token } satisfies Holder))
  try {
    for (let leftBehind = false; ; leftBehind = true) {
      if (isLinked(own, file)) {
        const release = () => {
          rmSync(file, { force: true })
          server.close()
        }
        return { leftBehind, release }
      }
      const holder = readHolder(file)
      if (holder && (await answers(holder))) throw new FolderInUseError(folder, holder.pid)
      remove(file, holder)
    }
  } catch (error) {
    server.close()
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/** Gives our file the name of the lock, unless there is one: in one step, content included. */
function isLinked(own: string, file: string): boolean {
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return null
  }
}

/** Removes a dead lock, and nothing else: another process may have removed it first and put its own in its place. */
function remove(file: string, dead: Holder | null): void {
  const aside = `${file}.${process.pid}.dead`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const taken = readHolder(aside)
  if (taken && taken.token !== dead?.token) isLinked(aside, file)
  rmSync(aside, { force: true })
}

const ANSWER_LIMIT_MS = 1_000

function answers({ port, token }: Holder): Promise<boolean> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(port, '127.0.0.1')
    socket.setEncoding('utf8').setTimeout(ANSWER_LIMIT_MS, () => socket.destroy())
    socket.on('data', (text: string) => {
      said += text
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said === token))
  })
}
