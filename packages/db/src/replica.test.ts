import { createServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../testing/index.ts'
import type { Queries } from './queries.ts'
import { EVERYBODY, reachOf } from './reach.ts'
import { ReplicaAway } from './replica.ts'
import { openReports } from './reports.ts'

const database = await testDatabase()
const FIRM = reachOf(crypto.randomUUID())
const one = async (queries: Queries) => (await queries.execute('select 1 as one')).rows

/** Somebody listens where the replica should be, and `meet` is all that happens to a caller. */
async function replicaThat(meet: (socket: Socket) => void) {
  const met: Socket[] = []
  const server = createServer((socket) => {
    met.push(socket.on('error', () => undefined))
    meet(socket)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  let time = 0
  const heard: string[] = []
  const reports = openReports({
    primary: { connectionString: database.url },
    replica: { connectionString: `postgres://pramaan_reader:secret@127.0.0.1:${port}/pramaan` },
    size: 2,
    onError: ({ message }) => heard.push(message),
    now: () => time,
  })
  afterAll(async () => {
    for (const socket of met) socket.destroy()
    server.close()
    await reports.close()
  })
  const later = (ms: number) => {
    time += ms
  }
  return { reports, met, heard, later }
}

test.each([
  ['takes connections and says nothing', () => undefined],
  ['cuts connections', (socket: Socket) => socket.destroy()],
])('a replica that %s is asked once, and then left alone for ten seconds', async (_, meet) => {
  const { reports, met, heard, later } = await replicaThat(meet)
  expect(await reports.run(FIRM, one)).toMatchObject({ source: 'primary', result: [{ one: 1 }] })
  expect(met).toHaveLength(1)
  for (let call = 0; call < 20; call++) {
    expect((await reports.run(FIRM, one)).source).toBe('primary')
    await expect(reports.run(EVERYBODY, one)).rejects.toThrow(ReplicaAway)
  }
  expect(met).toHaveLength(1)
  later(10_000)
  // Nobody waits for the look at it: the answer comes from the primary, while the replica has not said a word.
  for (let call = 0; call < 20; call++) expect((await reports.run(FIRM, one)).source).toBe('primary')
  await expect.poll(() => met.length).toBe(2)
  expect(heard).toHaveLength(1)
})

test('what a report itself does wrong does not count against the replica, nor for the primary', async () => {
  const { heard, reports } = await replicaThat((socket) => socket.destroy())
  const wrong = reports.run(FIRM, () => Promise.reject(new Error('wrong')))
  await expect(wrong).rejects.toThrow('wrong')
  expect(heard).toEqual([expect.stringContaining('the replica is away')])
  const endless = reports.run(FIRM, (queries) => queries.execute('select pg_sleep(60)'))
  await expect(endless).rejects.toMatchObject({ cause: { code: '57014' } })
})
