import type { Db } from '@pramaan/db'
import type { LoggedEntry, LogSource, StoredLeaf } from '@pramaan/verifier'

const PAGE = 5_000

interface LeafRow {
  leaf_index: string
  entry_id: string
  stream: string
  stream_sequence: string
  hash: Buffer
  id: string | null
  at: string
  advisor_id: string | null
  actor_id: string | null
  action: string
  object_type: string
  object_id: string
  body: unknown
}

/** Runs one statement and gives its rows. */
export type Rows = <Row>(text: string, values?: unknown[]) => Promise<Row[]>

/** Hands the whole log over to a verifier, as one snapshot. */
export function withLog<Result>(db: Db, use: (source: LogSource) => Promise<Result>): Promise<Result> {
  return db.acrossAdvisors.transaction(async ({ $client }) => {
    const rows: Rows = async <Row>(text: string, values: unknown[] = []) =>
      (await $client.query(text, values)).rows as Row[]
    await rows('set transaction isolation level repeatable read, read only')
    return use(await readLog(rows))
  })
}

/** The log, page by page. It selects and does nothing else: what the rows mean is the verifier's business. */
export async function readLog(rows: Rows): Promise<LogSource> {
  const [waiting] = await rows<{ delay: string }>(
    `select extract(epoch from clock_timestamp() - recorded_at) * 1000 as delay
     from audit_pending order by entry_id limit 1`,
  )
  return {
    leaves: leavesOf(rows),
    notes: notesOf(rows),
    nodes: nodesOf(rows),
    hidden: hiddenIn(rows),
    waiting: waitingIn(rows),
    mergeDelayMs: Number(waiting?.delay ?? 0),
  }
}

async function* leavesOf(rows: Rows): AsyncGenerator<StoredLeaf> {
  const page = (after: number) =>
    rows<LeafRow>(
      `select l.leaf_index, l.entry_id, l.stream, l.stream_sequence, l.hash, e.id,
         (extract(epoch from e.recorded_at) * 1000)::bigint as at,
         e.advisor_id, e.actor_id, e.action, e.object_type, e.object_id, e.body
       from audit_leaves l left join audit_entries e on e.recorded_at = l.recorded_at and e.id = l.entry_id
       where l.leaf_index > $1 order by l.leaf_index limit ${PAGE}`,
      [after],
    )
  let next = page(-1)
  for (let found = await next; found.length > 0; found = await next) {
    // The database reads the next page while the verifier works on this one.
    next = page(Number(found.at(-1)?.leaf_index))
    // Whoever stops reading does not hear of it.
    next.catch(() => undefined)
    yield* found.map(storedLeaf)
  }
}

const storedLeaf = (row: LeafRow): StoredLeaf => ({
  place: { index: Number(row.leaf_index), stream: row.stream, sequence: Number(row.stream_sequence) },
  entryId: row.entry_id,
  hash: row.hash,
  entry: row.id === null ? null : loggedEntry(row, row.id),
})

const loggedEntry = (row: LeafRow, id: string): LoggedEntry => ({
  id,
  at: new Date(Number(row.at)).toISOString(),
  advisorId: row.advisor_id,
  actorId: row.actor_id,
  action: row.action,
  objectType: row.object_type,
  objectId: row.object_id,
  body: row.body,
})

async function* notesOf(rows: Rows): AsyncGenerator<string> {
  let after = -1
  for (;;) {
    const page = await rows<{ size: string; note: string; lines: string | null }>(
      `select size, note, (select string_agg(line || E'\\n', '' order by witness) from audit_cosignatures s
         where s.size = c.size) as lines
       from audit_checkpoints c where size > $1 order by size limit ${PAGE}`,
      [after],
    )
    const last = page.at(-1)
    if (!last) return
    after = Number(last.size)
    for (const { note, lines } of page) yield note + (lines ?? '')
  }
}

async function* nodesOf(rows: Rows) {
  for (const row of await rows<{ level: number; node_index: string; hash: Buffer }>(
    'select level, node_index, hash from audit_nodes order by level, node_index',
  )) {
    yield { level: row.level, index: Number(row.node_index), hash: row.hash }
  }
}

async function* waitingIn(rows: Rows): AsyncGenerator<LoggedEntry> {
  for (const row of await rows<Omit<LeafRow, 'id'> & { id: string }>(
    `select e.id, (extract(epoch from e.recorded_at) * 1000)::bigint as at,
       e.advisor_id, e.actor_id, e.action, e.object_type, e.object_id, e.body
     from audit_pending p join audit_entries e on e.recorded_at = p.recorded_at and e.id = p.entry_id order by e.id`,
  )) {
    yield loggedEntry(row, row.id)
  }
}

async function* hiddenIn(rows: Rows): AsyncGenerator<string> {
  for (const { id } of await rows<{ id: string }>(
    `select id from audit_entries e
     where not exists (select from audit_leaves l where l.entry_id = e.id and l.recorded_at = e.recorded_at)
       and not exists (select from audit_pending p where p.entry_id = e.id)
     order by id`,
  )) {
    yield id
  }
}
