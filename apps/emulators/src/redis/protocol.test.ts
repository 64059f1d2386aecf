import { afterEach, describe, expect, inject, test } from 'vitest'
import '../../testing/provided.ts'
import { openRedis, type RedisSocket, request } from '../../testing/redis-socket.ts'

/** Nobody else uses this database of the shared servers. */
const DATABASE = '8'

describe.each(inject('redis'))('the Redis protocol on the $kind', ({ url }) => {
  const open: RedisSocket[] = []
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close()
  })

  async function connection(): Promise<RedisSocket> {
    const socket = await openRedis(url)
    open.push(socket)
    expect(await socket.ask('SELECT', DATABASE)).toBe('+OK')
    await socket.ask('FLUSHDB')
    return socket
  }

  test('a command is understood however it is cut', async () => {
    const socket = await connection()
    const bytes = request('SET', 'cut', 'a\r\nb')
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await socket.read()).toBe('+OK')
    expect(await socket.ask('GET', 'cut')).toBe('a\r\nb')
  })

  test('commands sent together are answered in their order, also when the cut is inside one', async () => {
    const socket = await connection()
    const numbers = Array.from({ length: 200 }, (_, index) => String(index))
    const bytes = Buffer.concat(numbers.flatMap((number) => [request('SET', number, number), request('GET', number)]))
    const half = Math.floor(bytes.length / 2) - 3
    socket.write(bytes.subarray(0, half))
    await new Promise((resolve) => setImmediate(resolve))
    socket.write(bytes.subarray(half))
    for (const number of numbers) {
      expect(await socket.read()).toBe('+OK')
      expect(await socket.read()).toBe(number)
    }
  })

  test('keys and values are bytes', async () => {
    const socket = await connection()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    expect(await socket.ask('SET', bytes, bytes)).toBe('+OK')
    expect(await socket.ask('GET', bytes)).toBe(bytes.toString('latin1'))
    expect(await socket.ask('SCAN', '0')).toEqual(['0', [bytes.toString('latin1')]])
    expect(await socket.ask('SADD', 'members', bytes)).toBe(1)
    expect(await socket.ask('SMEMBERS', 'members')).toEqual([bytes.toString('latin1')])
  })

  test('a value of megabytes comes back whole', async () => {
    const socket = await connection()
    const bytes = Buffer.alloc(3_000_000, 'नमस्ते\r\n')
    expect(await socket.ask('SET', 'large', bytes)).toBe('+OK')
    expect(Buffer.from(String(await socket.ask('GET', 'large')), 'latin1').equals(bytes)).toBe(true)
  })

  test('a line typed by hand is a command too, and an empty one is none', async () => {
    const socket = await connection()
    socket.write('\r\nSET  typed   yes\r\n*0\r\nGET typed\n')
    expect(await socket.read()).toBe('+OK')
    expect(await socket.read()).toBe('yes')
  })

  test.each([
    ['*1\r\n:4\r\n', "-ERR Protocol error: expected '$', got ':'"],
    ['*1\r\n$x\r\n', '-ERR Protocol error: invalid bulk length'],
    ['*1\r\n$-2\r\n', '-ERR Protocol error: invalid bulk length'],
    ['*x\r\n', '-ERR Protocol error: invalid multibulk length'],
    ['*3000000000\r\n', '-ERR Protocol error: invalid multibulk length'],
  ])('%j breaks the protocol and ends the connection', async (bytes, error) => {
    const socket = await connection()
    socket.write(`PING\r\n${bytes}`)
    expect(await socket.read()).toBe('+PONG')
    expect(await socket.read()).toBe(error)
    await socket.closed
  })

  test('QUIT is answered and then the connection ends', async () => {
    const socket = await connection()
    expect(await socket.ask('QUIT')).toBe('+OK')
    await socket.closed
  })

  test('two connections see the same keys and their own database', async () => {
    const [one, two] = [await connection(), await connection()]
    await one.ask('SET', 'shared', '1')
    expect(await two.ask('GET', 'shared')).toBe('1')
    expect(await two.ask('SELECT', '7')).toBe('+OK')
    expect(await two.ask('GET', 'shared')).toBe(null)
    expect(await two.ask('SELECT', '99')).toBe('-ERR DB index is out of range')
  })
})
