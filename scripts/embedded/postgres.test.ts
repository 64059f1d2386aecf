import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { type PostgresServer, provideDatabase, startPostgres } from './postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'pramaan-postgres-'))
const running: PostgresServer[] = []
afterAll(async () => {
  for (const server of running) await server.stop()
  rmSync(folder, { recursive: true })
})

const owner = { name: 'an_owner', password: `it's "quoted"` }

async function start(): Promise<PostgresServer> {
  const server = await startPostgres({ folder, superuserPassword: 'of the superuser', durable: true })
  running.push(server)
  await provideDatabase(server.url('postgres', 'of the superuser', 'postgres'), 'a_database', [owner])
  return server
}

async function query(server: PostgresServer, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url(owner.name, owner.password, 'a_database') })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a cluster keeps what was committed when its server and the guard of it are killed', async () => {
  const first = await start()
  await query(first, 'create table kept as select 42 as answer')
  process.kill(first.guarded.guardPid, 'SIGKILL')
  process.kill(first.guarded.pid, 'SIGKILL')
  const second = await start()
  expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }])

  // A server without a guard still works on the cluster: it is ended first.
  process.kill(second.guarded.guardPid, 'SIGKILL')
  const third = await start()
  expect(await query(third, 'select answer from kept')).toEqual([{ answer: 42 }])
  await third.stop()

  // The number of a dead server belongs to another process now: to us.
  const file = join(folder, 'postgres', 'postmaster.pid')
  expect(() => readFileSync(file)).toThrow()
  writeFileSync(file, `${process.pid}\n${join(folder, 'postgres')}\n`)
  const fourth = await start()
  expect(await query(fourth, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('it listens to this machine alone, asks for the password and flushes what it commits', async () => {
  const server = running.at(-1) as PostgresServer
  expect(await query(server, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  expect(await query(server, 'show fsync')).toEqual([{ fsync: 'on' }])
  const stranger = new pg.Client({ connectionString: server.url(owner.name, 'wrong', 'a_database') })
  await expect(stranger.connect()).rejects.toThrow(/password authentication failed/)
})
