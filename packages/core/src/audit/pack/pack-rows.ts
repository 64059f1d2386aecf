import type { Db } from '@pramaan/db'
import type { Keys } from '../../platform/crypto.ts'
import { PACK_KINDS, type PackKind } from './kinds.ts'

/** Of whom a pack is, of which period, and which entries of the advisor's sequence stand in it (both included). */
export interface PackScope {
  readonly advisorId: string
  readonly from: Date
  readonly until: Date
  readonly firstSequence: number
  readonly lastSequence: number
}

/** A row as JSON, and the key after which the next page begins. */
export interface PackRow {
  readonly key: string
  readonly row: string
}

/** An entry of the log to which no row belongs. */
export interface MissingRow {
  /** Its number in the advisor's sequence. */
  readonly entry: number
  readonly object: string
}

const PAGE = 1_000
const LISTED = 1_000
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** Entries of the period that are in the pack and stand for a row; $1 to $3 are advisor and period, $4 the last number. */
const IN_PACK = `from audit_entries e join audit_leaves l on l.entry_id = e.id
  where e.advisor_id = $1 and e.recorded_at >= $2 and e.recorded_at < $3 and l.stream_sequence <= $4
    and e.action = any($5) and e.object_type = any($6) and e.body->>'outcome' = 'done'`

/**
 * The rows of a kind after a key. Where the log speaks of each row, the log says which belong into the period; a row that
 * it does not speak of at all is in by its own time, so that it shows. So neither a difference between two clocks nor what
 * is written while the pack is made looks like a gap.
 */
export async function readRows(
  { db, keys }: { db: Db; keys: Pick<Keys, 'open'> },
  kind: PackKind,
  scope: PackScope,
  after: string | null,
): Promise<PackRow[]> {
  const { beside, key = 'id', sealed = [], table } = kind
  const without = ['advisor_id', ...kind.without, ...sealed.map(({ column }) => column)]
  const besideIt = beside ? `|| jsonb_build_object(${beside})` : ''
  const { rows } = await db.pool.query<PackRow & { sealed: (Buffer | null)[] }>(
    `select t.${key} as key, ((to_jsonb(t) - '{${without}}'::text[]) ${besideIt})::text as row,
       array[${sealed.map(({ column }) => `t.${column}`)}]::bytea[] as sealed
     from ${table} t where t.advisor_id = $1 and t.${key} > $7 and ${belongs(kind)} order by t.${key} limit ${PAGE}`,
    [...valuesOf(kind, scope), after ?? (kind.key ? '' : FIRST_ID)],
  )
  if (sealed.length === 0) return rows
  return Promise.all(
    rows.map(async ({ key: rowId, row, sealed: columns }) => {
      const opened = await Promise.all(
        sealed.map(async (one, at) => {
          const place = { table: one.table ?? table, column: one.column, rowId }
          const bytes = columns[at]
          const owner = one.owner === 'row' ? rowId : scope.advisorId
          // Without its key, which an erasure has destroyed, what is left of a row are its facts.
          const text = bytes ? await keys.open(db.read, owner, place, bytes).catch(() => null) : null
          return `, "${one.column}": ${text === null ? 'null' : one.isJson ? text : JSON.stringify(text)}`
        }),
      )
      return { key: rowId, row: `${row.slice(0, -1)}${opened.join('')}}` }
    }),
  )
}

function belongs({ logged, sinceEver, time }: PackKind): string {
  const inPeriod = sinceEver ? `t.${time} < $3 and $2 < $3` : `t.${time} >= $2 and t.${time} < $3`
  // The types of parameters that a kind has no use for must be told all the same.
  if (logged === null)
    return `${inPeriod} and $4::bigint is not null and $5::text[] is not null and $6::text[] is not null`
  const spoken = `select from audit_entries e where e.advisor_id = $1 and e.action = any($5) and e.object_type = any($6)
      and ${logged.match}`
  return `(exists (select ${IN_PACK} and ${logged.match}) or (${inPeriod} and not exists (${spoken})))`
}

const valuesOf = ({ logged }: PackKind, { advisorId, from, until, lastSequence }: PackScope) => [
  advisorId,
  from,
  until,
  lastSequence,
  logged?.actions ?? [],
  logged?.objects ?? [],
]

/** How many rows of a kind the log speaks of, and those of them that are not there; null where it does not count them. */
export async function readExpected(
  db: Db,
  kind: PackKind,
  scope: PackScope,
): Promise<{ expected: number; missing: MissingRow[] } | null> {
  const { logged } = kind
  if (logged === null) return null
  const values = valuesOf(kind, scope)
  const { rows: counts } = await db.pool.query<{ count: string }>(`select count(*) ${IN_PACK}`, values)
  const { rows: missing } = await db.pool.query<{ entry: string; object: string }>(
    `select l.stream_sequence as entry, e.object_id as object ${IN_PACK}
       and not exists (select from ${kind.table} t where t.advisor_id = $1 and ${logged.match})
     order by l.stream_sequence limit ${LISTED}`,
    values,
  )
  const listed = missing.map(({ entry, object }) => ({ entry: Number(entry), object }))
  return { expected: Number(counts[0]?.count), missing: listed }
}

/** The packs by which the verdicts of the pack were given, and what the firm had added to them: each once, whole. */
export async function readRuleSets(db: Db, scope: PackScope): Promise<string[]> {
  const verdicts = PACK_KINDS.find(({ name }) => name === 'verdicts')
  if (!verdicts) throw new Error('packs have no verdicts')
  const { rows } = await db.pool.query<{ row: string }>(
    `with given as materialized (select t.pack_digest, t.firm_rules_version from verdicts t
       where t.advisor_id = $1 and ${belongs(verdicts)})
     (select to_jsonb(p)::text as row from rule_packs p
       where digest in (select pack_digest from given) order by digest)
     union all
     (select to_jsonb(f)::text from firm_rule_sets f
       where advisor_id = $1 and version in (select firm_rules_version from given) order by version)`,
    valuesOf(verdicts, scope),
  )
  return rows.map(({ row }) => row)
}
