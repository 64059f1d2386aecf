import type { Server } from 'node:http'
import type { AddressInfo, Server as SocketServer } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'

/** The doubles are for this machine alone. */
const LOOPBACK = '127.0.0.1'

export interface Running {
  /** Base address without a trailing slash, such as `http://127.0.0.1:4021`. */
  url: string
  stop(): Promise<void>
}

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch']

/** Serves an app on a port of the loopback interface; port 0 takes a free one. */
export async function serveHttp(app: { fetch: Fetch }, port: number): Promise<Running> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  const url = await listen(server, port, 'http')
  return {
    url,
    async stop() {
      const closed = close(server)
      server.closeAllConnections()
      await closed
    },
  }
}

/** Starts to listen on the loopback interface. @returns the address with the scheme given */
export function listen(server: SocketServer, port: number, scheme: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject)
      resolve(`${scheme}://${LOOPBACK}:${(server.address() as AddressInfo).port}`)
    })
  })
}

export function close(server: SocketServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
