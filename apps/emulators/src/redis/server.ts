import { createServer, type Socket } from 'node:net'
import { close, listen, type Running } from '../listen.ts'
import { createConnection, type Host } from './connection.ts'
import { createKeyspace } from './keyspace.ts'
import { encodeReply } from './reply.ts'
import { createRequestParser } from './request-parser.ts'

const DATABASES = 16
const SWEEP_INTERVAL_MS = 60_000

/**
 * A server that speaks enough of the Redis protocol (RESP2) for sessions and a cache, and keeps everything in memory.
 * For development and tests on machines without Redis; no scripts, no publish and subscribe, no WATCH.
 */
export async function startRedisStandin(options: { port: number; now: () => number }): Promise<Running> {
  const databases = Array.from({ length: DATABASES }, () => createKeyspace(options.now))
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, { databases, connectionId: ++connections })
  })
  const sweeping = setInterval(() => {
    for (const keys of databases) keys.sweep()
  }, SWEEP_INTERVAL_MS)
  sweeping.unref()
  return {
    url: await listen(server, options.port, 'redis'),
    async stop() {
      clearInterval(sweeping)
      const closed = close(server)
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function serve(socket: Socket, host: Host): void {
  const parse = createRequestParser()
  const connection = createConnection(host)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    const { commands, error } = parse(chunk)
    let answers = ''
    for (const words of commands) {
      answers += encodeReply(connection.execute(words))
      if (connection.ended()) break
    }
    if (error) answers += encodeReply({ error: `ERR ${error}` })
    if (answers !== '') socket.write(answers, 'latin1')
    if (error || connection.ended()) socket.end()
  })
}
