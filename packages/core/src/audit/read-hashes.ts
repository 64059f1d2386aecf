import type { Db } from '@pramaan/db'
import { LRUCache } from 'lru-cache'
import { coverOf, nodeHash, type Range, rootOver, type Subtree } from './rules/merkle.ts'

/** Levels of stored nodes are eight apart: level l holds the roots of 256 to the power of l leaves. */
const HEIGHT_OF_LEVEL = 8
const WIDTH = 2 ** HEIGHT_OF_LEVEL
/** Half a kilobyte for each hash of a tile and its inner nodes, so that a pack with many proofs needs some 30 MB. */
const TILES = 500

/** Up to 256 neighbouring hashes of one level, and what was computed over them. */
interface Tile {
  readonly first: number
  readonly row: readonly Buffer[]
  readonly known: Map<string, Buffer>
}

interface TileName {
  readonly level: number
  readonly number: number
}

/** Reads the hashes of proofs: the root over each range of leaves. Remembers what proofs of neighbours share. */
export type HashReader = (ranges: readonly Range[]) => Promise<Buffer[]>

/**
 * A perfect subtree is folded from the stored hashes of the level at or below its height, so that all ranges of a call
 * cost one short read by key, whatever the size of the log. A reader is for trees no larger than the log was when it was
 * made: what it remembers of the end of the log does not grow with it.
 */
export function hashReader(pool: Db['pool']): HashReader {
  const remembered = new LRUCache<string, Tile>({ max: TILES })
  return async (ranges) => {
    const covers = ranges.map(({ start, end }) => coverOf(start, end))
    const tiles = new Map<string, Tile>()
    const missing = new Map<string, TileName>()
    for (const subtree of covers.flat()) {
      const tile = tileOf(subtree)
      const known = remembered.get(nameOf(tile))
      if (known) tiles.set(nameOf(tile), known)
      else missing.set(nameOf(tile), tile)
    }
    for (const [name, tile] of await readTiles(pool, [...missing.values()])) {
      tiles.set(name, tile)
      remembered.set(name, tile)
    }
    return covers.map((cover) => rootOver(cover.map((subtree) => subtreeRoot(subtree, tiles))))
  }
}

const nameOf = ({ level, number }: TileName): string => `${level}/${number}`

/** Where the hashes lie that a subtree is folded from. */
function tileOf({ height, index }: Subtree): TileName {
  const first = index * 2 ** (height % HEIGHT_OF_LEVEL)
  return { level: Math.floor(height / HEIGHT_OF_LEVEL), number: Math.floor(first / WIDTH) }
}

/** @throws Error when a stored hash is missing: somebody deleted it */
function subtreeRoot(subtree: Subtree, tiles: ReadonlyMap<string, Tile>): Buffer {
  const tile = tiles.get(nameOf(tileOf(subtree)))
  if (!tile) throw new Error(`the log lacks the hashes ${nameOf(tileOf(subtree))}`)
  return rootInTile(tile, subtree.height % HEIGHT_OF_LEVEL, subtree.index)
}

function rootInTile(tile: Tile, height: number, index: number): Buffer {
  if (height === 0) {
    const hash = tile.row[index - tile.first]
    if (!hash) throw new Error(`the log lacks the hash number ${index} of a level`)
    return hash
  }
  const name = `${height}/${index}`
  const known = tile.known.get(name)
  if (known) return known
  const root = nodeHash(rootInTile(tile, height - 1, 2 * index), rootInTile(tile, height - 1, 2 * index + 1))
  tile.known.set(name, root)
  return root
}

/** The hashes of all these tiles in one round trip. */
const TILES_READ = {
  name: 'audit_tiles',
  text: `select level, number, string_agg(hash, ''::bytea order by place) as hashes from (
      select 0 as level, t.number, l.leaf_index as place, l.hash from unnest($1::bigint[]) as t (number)
        join audit_leaves l on l.leaf_index between t.number * ${WIDTH} and t.number * ${WIDTH} + ${WIDTH - 1}
      union all
      select t.level, t.number, n.node_index, n.hash from unnest($2::int[], $3::bigint[]) as t (level, number)
        join audit_nodes n on n.level = t.level
          and n.node_index between t.number * ${WIDTH} and t.number * ${WIDTH} + ${WIDTH - 1}
    ) as found group by level, number`,
}
const HASH_BYTES = 32

async function readTiles(pool: Db['pool'], wanted: readonly TileName[]): Promise<Map<string, Tile>> {
  if (wanted.length === 0) return new Map()
  const leaves = wanted.filter(({ level }) => level === 0)
  const nodes = wanted.filter(({ level }) => level > 0)
  const values = [
    leaves.map(({ number }) => number),
    nodes.map(({ level }) => level),
    nodes.map(({ number }) => number),
  ]
  const { rows } = await pool.query<{ level: number; number: string; hashes: Buffer }>({
    ...TILES_READ,
    values,
  })
  return new Map(
    rows.map(({ hashes, level, number }) => [
      nameOf({ level, number: Number(number) }),
      { first: Number(number) * WIDTH, row: cut(hashes), known: new Map() },
    ]),
  )
}

const cut = (hashes: Buffer): Buffer[] =>
  Array.from({ length: hashes.length / HASH_BYTES }, (_, at) => hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))
