import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, LOOPBACK, tryPort } from '@pramaan/core/platform/free-port'

/**
 * The port that `PORT` asks for: 8787 when unset, a free one for 0.
 *
 * @param patienceMs how long to wait for a port that is taken
 * @throws Error that says what to do when the port stays taken
 */
export async function choosePort(given = '8787', host = LOOPBACK, patienceMs = 0): Promise<number> {
  const port = Number(given)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT must be a number from 0 to 65535.')
  if (port === 0) return freePort(host)
  for (const limit = Date.now() + patienceMs; ; await sleep(100)) {
    try {
      return await tryPort(port, host)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      if (Date.now() < limit) continue
      throw new Error(
        `Port ${port} is in use. Take another, as in PORT=${port + 1} npm start; PORT=0 takes a free one.`,
      )
    }
  }
}
