import type { Queries } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import { coverOf, type Range, rootOver, type Subtree } from './rules/merkle.ts'

/** Levels of stored nodes are eight apart: level l holds the roots of 256 to the power of l leaves. */
const HEIGHT_OF_LEVEL = 8

/**
 * The hashes of a proof: the root over each range of leaves. A perfect subtree is folded from the stored hashes of the
 * level at or below its height, so that a proof costs a few short reads by key, whatever the size of the log.
 */
export async function readHashes(queries: Queries, ranges: readonly Range[]): Promise<Buffer[]> {
  const covers = ranges.map(({ start, end }) => coverOf(start, end))
  const subtrees = covers.flat()
  const stored = await Promise.all(
    [...Map.groupBy(subtrees, levelOf)].map(([level, wanted]) => readLevel(queries, level, wanted)),
  )
  const roots = new Map(stored.flat())
  return covers.map((cover) => rootOver(cover.map((subtree) => roots.get(nameOf(subtree)) as Buffer)))
}

const levelOf = ({ height }: Subtree): number => Math.floor(height / HEIGHT_OF_LEVEL)

const nameOf = ({ height, index }: Subtree): string => `${height}/${index}`

/** The roots of subtrees of one level, by name. @throws Error when a stored hash is missing: somebody deleted it */
async function readLevel(queries: Queries, level: number, wanted: Subtree[]): Promise<[string, Buffer][]> {
  const spans = wanted.map(({ height, index }) => {
    const count = 2 ** (height % HEIGHT_OF_LEVEL)
    return { first: index * count, last: (index + 1) * count - 1 }
  })
  const source =
    level === 0
      ? sql`select leaf_index as place, hash from audit_leaves where leaf_index between first and last`
      : sql`select node_index as place, hash from audit_nodes where level = ${level} and node_index between first and last`
  const { rows } = await queries.execute<{ first: string; hashes: Buffer[] }>(sql`
    select first, array_agg(hash order by place) as hashes
    from unnest(${sql.param(spans.map(({ first }) => first))}::bigint[], ${sql.param(spans.map(({ last }) => last))}::bigint[])
      as span (first, last), lateral (${source}) as found
    group by first, last`)
  const found = new Map(rows.map(({ first, hashes }) => [Number(first), hashes]))
  return wanted.map((subtree, at): [string, Buffer] => {
    const { first, last } = spans[at] as (typeof spans)[number]
    const hashes = found.get(first)
    if (hashes?.length !== last - first + 1) throw new Error(`the log lacks hashes of level ${level} from ${first} on`)
    return [nameOf(subtree), rootOfPerfect(hashes)]
  })
}

/** The root of a perfect subtree from the hashes of its lowest row. */
function rootOfPerfect(hashes: readonly Buffer[]): Buffer {
  let row = hashes
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, at) =>
      rootOver([row[2 * at] as Buffer, row[2 * at + 1] as Buffer]),
    )
  }
  return row[0] as Buffer
}
