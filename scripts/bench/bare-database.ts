import pg from 'pg'

/** A named statement: planned once for each connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export type Ask = (statement: Statement, values: unknown[]) => Promise<unknown[][]>

const CONNECTIONS = 16

/**
 * Connections on which statements travel without waiting for one another; each goes to the one that has least to do.
 * Times come back as text in the form of JSON, so that nobody makes a `Date` of them only to write it out again.
 */
export async function openConnections(url: string): Promise<Ask> {
  const clients = Array.from({ length: CONNECTIONS }, () => ({
    client: new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig),
    waiting: 0,
  }))
  await Promise.all(clients.map(({ client }) => client.connect()))
  const types = {
    getTypeParser: (oid: number, format: 'text') =>
      oid === pg.types.builtins.TIMESTAMPTZ ? (text: string) => new Date(text) : pg.types.getTypeParser(oid, format),
  } as pg.CustomTypesConfig
  return async (statement, values) => {
    let chosen = clients[0]
    for (const one of clients) if (one.waiting < (chosen?.waiting ?? 0)) chosen = one
    if (!chosen) throw new Error('there is no connection')
    chosen.waiting += 1
    try {
      return (await chosen.client.query<unknown[]>({ ...statement, values, rowMode: 'array', types })).rows
    } finally {
      chosen.waiting -= 1
    }
  }
}
