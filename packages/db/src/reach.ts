import pg from 'pg'

/**
 * Whose rows a statement may see and write in the tables of tenants: those of one advisor, those of everybody, or none.
 * Row-level security compares them with the setting `pramaan.advisor_id` (`is_within_reach` in the migrations); where
 * nobody set it, there are no rows.
 */
export type Reach = string

export const NOBODY: Reach = ''
export const EVERYBODY: Reach = '*'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws Error for what is not a UUID: a reach becomes part of a statement */
export function reachOf(advisorId: string): Reach {
  const reach = advisorId.toLowerCase()
  if (!UUID.test(reach)) throw new Error('an advisor is known by a UUID')
  return reach
}

/** Opens a transaction that has this reach until it ends, in one message. */
export const beginWithin = (reach: Reach): string => `begin; set local pramaan.advisor_id = '${reach}'`

const READING = 'begin isolation level repeatable read read only; set local role pramaan_reader'

/**
 * Opens a transaction of the role that only reads, in which all statements see one moment and what this reach sees. None
 * is compiled: what policies do to the estimates would have PostgreSQL do so where it costs more than it saves. What is read
 * of one firm is looked up by key, so one plan serves all values.
 */
export function beginReading(reach: Reach, statementTimeoutMs: number): string {
  const settings = [`pramaan.advisor_id = '${reach}'`, `statement_timeout = ${statementTimeoutMs}`, 'jit = off']
  if (reach !== EVERYBODY) settings.push('plan_cache_mode = force_generic_plan')
  return [READING, ...settings.map((setting) => `set local ${setting}`)].join('; ')
}

const SET_REACH = { name: 'set_reach', text: `select set_config('pramaan.advisor_id', $1, true)` }

/** Makes a new connection ready for `queryWithin`. */
export const prepareReach = (client: pg.ClientBase): Promise<unknown> =>
  client.query({ ...SET_REACH, values: [NOBODY] })

/** The messages of PostgreSQL's extended protocol, as pg writes them. */
interface Connection {
  bind(message: { statement: string; values: string[] }): void
  execute(message: { rows: 0 }): void
}

/** The part of pg's query that is called as its messages go out and their answers come in. */
interface SentQuery extends pg.Submittable {
  requiresPreparation(): boolean
  prepare(connection: Connection): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: Connection): void
}

type NewQuery = new (
  statement: string | pg.QueryConfig,
  values: unknown[] | undefined,
  callback: (error: Error | null, result: pg.QueryResult) => void,
) => SentQuery

/**
 * One statement with this reach, outside of any transaction, on a connection that others may use at the same time. The
 * setting and the statement go out before one Sync, which makes them one transaction of PostgreSQL: the setting holds for
 * this statement alone, and when it fails the statement is not run. It costs no round trip and no transaction more.
 */
export function queryWithin(
  client: pg.ClientBase,
  reach: Reach,
  statement: string | pg.QueryConfig,
  values?: unknown[],
): Promise<pg.QueryResult> {
  if (reach === NOBODY) return client.query(statement as pg.QueryConfig, values)
  return new Promise((resolve, reject) => {
    const query = new (pg.Query as unknown as NewQuery)(statement, values, (error, result) =>
      error ? reject(error) : resolve(result),
    )
    const { prepare, handleDataRow, handleCommandComplete } = query
    query.requiresPreparation = () => true
    query.prepare = (connection) => {
      connection.bind({ statement: SET_REACH.name, values: [reach] })
      connection.execute({ rows: 0 })
      prepare.call(query, connection)
    }
    // The first row and the first end are those of the setting.
    query.handleDataRow = () => undefined
    query.handleCommandComplete = () => {
      query.handleDataRow = handleDataRow
      query.handleCommandComplete = handleCommandComplete
    }
    client.query(query)
  })
}
