import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/**
 * Below those that systems give to outgoing connections, from 32,768 on: such a port may be taken by a connection before the
 * program that it is meant for listens on it.
 */
const FREE_PORTS = { from: 20_000, to: 32_768 }
const MOST_TRIES = 100

/** A port of an interface, the loopback one unless told, that nobody listens on. */
export async function freePort(host = LOOPBACK): Promise<number> {
  for (let left = MOST_TRIES; ; left--) {
    try {
      return await tryPort(randomInt(FREE_PORTS.from, FREE_PORTS.to), host)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || left === 0) throw error
    }
  }
}

/**
 * Listens on a port for a moment, and gives it back.
 *
 * @throws Error of the system, such as `EADDRINUSE`
 */
export function tryPort(port: number, host = LOOPBACK): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(port, host, () => probe.close(() => resolve(port)))
  })
}
