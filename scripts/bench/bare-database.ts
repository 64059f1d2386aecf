import type { Writable } from 'node:stream'
import pg from 'pg'

/** A named statement: planned once for each connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export type Ask = (statement: Statement, values: unknown[]) => Promise<unknown[][]>

interface Lane {
  client: pg.Client
  stream: Writable
  waiting: number
  gathering: boolean
}

/**
 * Connections on which statements travel without waiting for one another, each on the one that has least to do; what is
 * asked in one turn of the event loop is written at once. A few do for reads; commits need as many as there are
 * callers, because those of one connection wait for the disk one after the other.
 */
export async function openConnections(url: string, count: number): Promise<Ask> {
  const lanes = await Promise.all(Array.from({ length: count }, () => openLane(url)))
  return async ({ name, text }, values) => {
    const lane = lanes.reduce((least, one) => (one.waiting < least.waiting ? one : least))
    lane.waiting += 1
    gather(lane)
    try {
      return (await lane.client.query<unknown[]>({ name, text, values, rowMode: 'array' })).rows
    } finally {
      lane.waiting -= 1
    }
  }
}

async function openLane(url: string): Promise<Lane> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
  await client.connect()
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  return { client, stream, waiting: 0, gathering: false }
}

function gather(lane: Lane): void {
  if (lane.gathering) return
  lane.gathering = true
  lane.stream.cork()
  setImmediate(() => {
    lane.gathering = false
    lane.stream.uncork()
  })
}
