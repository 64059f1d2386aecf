import pg from 'pg'
import { EVERYBODY, prepareReach, queryWithin, type Reach } from './reach.ts'

/** Connections that many callers use at the same time, each statement behind the other. */
export interface SharedConnections {
  query(reach: Reach, statement: pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult>
  end(): Promise<void>
}

interface Lane {
  /** Whether it stands at the reach of everybody from its start, and takes statements of that reach alone. */
  wide: boolean
  client: pg.Client | null
  opening: Promise<pg.Client> | null
  waiting: number
}

const AT_EVERYBODY = `-c pramaan.advisor_id=${EVERYBODY}`

/**
 * Opens up to `size` connections (two at least), as they are needed, and sends each statement on the one with the fewest before it,
 * with the reach of its caller. Who calls is asked at every request with the reach of everybody, so half of them (one at
 * least) stand at that from their start, and nothing has to be set there.
 * A connection that breaks fails what waits on it and is opened anew for the next statement.
 *
 * Only for statements that wait for nothing but the server: one that waited for a lock would hold up all behind it.
 */
export function shareConnections(
  config: pg.ClientConfig,
  size: number,
  onError: (error: Error) => void,
): SharedConnections {
  const laneAt = (index: number): Lane => ({ wide: index % 2 === 0, client: null, opening: null, waiting: 0 })
  const lanes = Array.from({ length: size }, (_, index) => laneAt(index))
  const [everybodys, others] = [lanes.filter(({ wide }) => wide), lanes.filter(({ wide }) => !wide)]
  let ended = false

  async function connect(lane: Lane): Promise<pg.Client> {
    const client = new pg.Client(lane.wide ? { ...config, options: `${config.options ?? ''} ${AT_EVERYBODY}` } : config)
    const forget = () => {
      if (lane.client === client) lane.client = null
    }
    client.on('error', (error) => {
      forget()
      onError(error)
    })
    client.on('end', forget)
    try {
      await client.connect()
      if (!lane.wide) await prepareReach(client)
      lane.client = client
      return client
    } finally {
      lane.opening = null
    }
  }

  return {
    async query(reach, statement, values) {
      if (ended) throw new Error('Client was closed and is not queryable')
      const lane = (reach === EVERYBODY ? everybodys : others).reduce((least, one) =>
        one.waiting < least.waiting ? one : least,
      )
      lane.waiting += 1
      try {
        lane.opening ??= lane.client === null ? connect(lane) : null
        const client = lane.client ?? (await (lane.opening as Promise<pg.Client>))
        return await (lane.wide ? client.query(statement, values) : queryWithin(client, reach, statement, values))
      } finally {
        lane.waiting -= 1
      }
    },
    async end() {
      ended = true
      await Promise.all(
        lanes.map(async (lane) => {
          const client = lane.client ?? (await lane.opening?.catch(() => null))
          await client?.end()
        }),
      )
    },
  }
}
