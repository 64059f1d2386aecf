import { Socket } from 'node:net'

/**
 * A socket for a connection to PostgreSQL that hands what is written in one turn of the event loop to the kernel at
 * once. pg writes each statement by itself; a command of seven statements would cost seven system calls here and as
 * many wake-ups of the server.
 */
export function gatheringSocket(): Socket {
  const socket = new Socket()
  let gathering = false
  const flush = () => {
    gathering = false
    socket.uncork()
  }
  // Not earlier: a socket takes the usual `write` back when it connects.
  socket.once('connect', () => {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
    socket.write = (...args: unknown[]) => {
      if (!gathering) {
        gathering = true
        socket.cork()
        setImmediate(flush)
      }
      return write(...args)
    }
  })
  return socket
}
