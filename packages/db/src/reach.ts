import type pg from 'pg'

/**
 * Whose rows a statement may see and write in the tables of tenants: those of one advisor, those of everybody, or none.
 * Row-level security compares them with the setting `pramaan.advisor_id` of the connection (`is_within_reach` in the
 * migrations); where nobody set it, there are no rows.
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

interface Standing {
  reach: Reach
  /** The change to it, while the server has not answered. */
  entering: Promise<unknown> | null
}

const standings = new WeakMap<pg.ClientBase, Standing>()

/** Whether statements of this reach need no word to the connection first. */
export const isWithin = (client: pg.ClientBase, reach: Reach): boolean =>
  (standings.get(client)?.reach ?? NOBODY) === reach

/**
 * One statement with this reach, outside of any transaction, on a connection that others may use at the same time. The
 * server works through a connection in order, so a change of reach travels ahead of the statement without a round trip of
 * its own, and holds until the next change.
 *
 * @throws what the statement throws; when the change of reach failed, the answer is not handed out
 */
export async function queryWithin(
  client: pg.ClientBase,
  reach: Reach,
  statement: pg.QueryConfig,
  values?: unknown[],
): Promise<pg.QueryResult> {
  const standing = isWithin(client, reach) ? standings.get(client) : enter(client, reach)
  const answer = client.query(statement, values)
  if (!standing?.entering) return answer
  const [result] = await Promise.all([answer, standing.entering])
  return result
}

function enter(client: pg.ClientBase, reach: Reach): Standing {
  const standing: Standing = { reach, entering: null }
  standing.entering = client.query(`set pramaan.advisor_id = '${reach}'`).then(
    () => {
      standing.entering = null
    },
    (error) => {
      // Where the connection stands now is unknown; the next statement tells it anew.
      if (standings.get(client) === standing) standings.set(client, { reach: UNKNOWN, entering: null })
      throw error
    },
  )
  standings.set(client, standing)
  return standing
}

const UNKNOWN: Reach = '?'
