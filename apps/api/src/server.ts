import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import { ERROR_KINDS, failureOf, problemOf } from '@pramaan/trpc/errors'
import type { App } from './app.ts'
import { PROBLEM_TYPE } from './http.ts'

export interface Listening {
  readonly url: string
  /** Stops accepting, lets what is under way finish (at most `limitMs`), then closes what is left. */
  drain(limitMs: number): Promise<void>
}

/** What was refused before there was a request to handle, or broke outside of every handler. */
const lastResort = (error: unknown) => {
  const failure = error instanceof RequestError ? UNREADABLE : failureOf(error)
  return new Response(JSON.stringify(problemOf(failure, '')), {
    status: ERROR_KINDS[failure.code].status,
    headers: { 'content-type': PROBLEM_TYPE, 'x-content-type-options': 'nosniff' },
  })
}

const UNREADABLE = {
  code: 'invalid_input',
  detail: 'The request line or a header could not be read.',
} as const

/** Serves an app on a port; 0 takes a free one. */
export async function listen(app: App, options: { port: number; host: string }): Promise<Listening> {
  const listener = getRequestListener(app.fetch, {
    hostname: options.host,
    errorHandler: lastResort,
  })
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, maxHeaderSize: 16 * 1024 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port, family, address } = server.address() as AddressInfo
  const host = family === 'IPv6' ? `[${address}]` : address
  return {
    url: `http://${host}:${port}`,
    drain: (limitMs) => {
      app.drain()
      return close(server, limitMs)
    },
  }
}

function close(server: Server, limitMs: number): Promise<void> {
  const force = setTimeout(() => server.closeAllConnections(), limitMs)
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
    server.closeIdleConnections()
  })
}
