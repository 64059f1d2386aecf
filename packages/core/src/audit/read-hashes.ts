import type { Queries } from '@pramaan/db'
import { sql } from 'drizzle-orm'
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

/** Reads the hashes of proofs: the root over each range of leaves. Remembers what proofs of neighbours share. */
export type HashReader = (ranges: readonly Range[]) => Promise<Buffer[]>

/**
 * A perfect subtree is folded from the stored hashes of the level at or below its height, so that a proof costs a few
 * short reads by key, whatever the size of the log.
 */
export function hashReader(queries: Queries): HashReader {
  const tiles = new LRUCache<string, Tile>({ max: TILES })
  const tileOf = async (level: number, number: number): Promise<Tile> => {
    const name = `${level}/${number}`
    const tile = tiles.get(name) ?? (await readTile(queries, level, number))
    // One that is not full yet is full later.
    if (tile.row.length === WIDTH) tiles.set(name, tile)
    return tile
  }
  const subtreeRoot = async ({ height, index }: Subtree): Promise<Buffer> => {
    const level = Math.floor(height / HEIGHT_OF_LEVEL)
    const inTile = height % HEIGHT_OF_LEVEL
    const first = index * 2 ** inTile
    return rootInTile(await tileOf(level, Math.floor(first / WIDTH)), inTile, index)
  }
  return async (ranges) => {
    const roots: Buffer[] = []
    for (const { start, end } of ranges) {
      const cover: Buffer[] = []
      for (const subtree of coverOf(start, end)) cover.push(await subtreeRoot(subtree))
      roots.push(rootOver(cover))
    }
    return roots
  }
}

/** @throws Error when a stored hash is missing: somebody deleted it */
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

async function readTile(queries: Queries, level: number, number: number): Promise<Tile> {
  const first = number * WIDTH
  const last = first + WIDTH - 1
  const { rows } = await queries.execute<{ hashes: Buffer[] | null }>(
    level === 0
      ? sql`select array_agg(hash order by leaf_index) as hashes from audit_leaves
          where leaf_index between ${first} and ${last}`
      : sql`select array_agg(hash order by node_index) as hashes from audit_nodes
          where level = ${level} and node_index between ${first} and ${last}`,
  )
  return { first, row: rows[0]?.hashes ?? [], known: new Map() }
}
