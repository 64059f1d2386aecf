import { connect, createServer, type Server, type Socket } from 'node:net'
import { freePort } from '@pramaan/core/platform/free-port'
import { createRedis } from '@pramaan/core/platform/redis'
import { createDb, type Database } from '@pramaan/db'
import { failureOf } from '@pramaan/trpc/errors'
import { sql } from 'drizzle-orm'
import { afterAll, expect, inject, test } from 'vitest'

const servers: Server[] = []
const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends) await end()
  for (const server of servers) server.close()
})

/** A port where somebody listens who does nothing but this with a caller. */
async function portOf(meet: (socket: Socket) => void): Promise<number> {
  const port = await freePort()
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    ends.push(() => socket.destroy())
    meet(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve))
  return port
}

/** How a server can be away: not there, there and mute, or gone in the middle of a word. */
const AWAY: [string, () => Promise<number>][] = [
  ['refuses connections', freePort],
  ['takes connections and says nothing', () => portOf(() => undefined)],
  ['cuts connections', () => portOf((socket) => socket.once('data', () => socket.destroy()))],
]

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'no failure',
    (error: unknown) => failureOf(error).code,
  )

test.concurrent.each(AWAY)('PostgreSQL that %s is told as unavailable, whichever way it is asked', async (_, open) => {
  const db: Database = createDb({ url: `postgres://app:secret@127.0.0.1:${await open()}/pramaan` })
  ends.push(() => db.close())
  const one = sql`select 1`
  const asked = [db.read.execute(one), db.lookup.execute(one), db.transaction((tx) => tx.execute(one))]
  expect(await Promise.all(asked.map(codeOf))).toEqual(['unavailable', 'unavailable', 'unavailable'])
})

test.concurrent('PostgreSQL that falls silent, as behind a broken network, fails what waits for it', async () => {
  const { host, port, superuser } = inject('postgres')
  let silent = false
  const between = await portOf((socket) => {
    const server = connect(port, host)
    ends.push(() => server.destroy())
    server.on('error', () => undefined).on('data', (bytes) => silent || socket.write(bytes))
    socket.on('data', (bytes) => silent || server.write(bytes))
  })
  const url = `postgres://${superuser}@127.0.0.1:${between}/postgres`
  const db = createDb({ url, statementTimeoutMs: 200 })
  ends.push(() => db.close())
  const one = sql`select 1`
  await Promise.all([db.read.execute(one), db.lookup.execute(one)])
  let heard: string[] = []
  const asked = db.transaction(async (tx) => {
    await tx.execute(one)
    silent = true
    heard = await Promise.all([db.read.execute(one), db.lookup.execute(one), tx.execute(one)].map(codeOf))
  })
  expect(await codeOf(asked)).toBe('unavailable')
  expect(heard).toEqual(['unavailable', 'unavailable', 'unavailable'])
  silent = false
  expect((await db.read.execute(one)).rowCount).toBe(1)
  expect((await db.lookup.execute(one)).rowCount).toBe(1)
})

test.concurrent.each(AWAY)('Redis that %s is told as unavailable', async (_, open) => {
  const redis = createRedis(`redis://127.0.0.1:${await open()}`, () => undefined)
  ends.push(() => redis.disconnect())
  expect(await Promise.all([codeOf(redis.get('session')), codeOf(redis.ping())])).toEqual([
    'unavailable',
    'unavailable',
  ])
})
