import type { Findings } from './findings.ts'
import { hashChildren } from './merkle.ts'

/** The root of a full subtree of 256 to the power of `level` leaves, as it is stored. */
export interface StoredNode {
  readonly level: number
  readonly index: number
  readonly hash: Buffer
}

const WIDTH = 256

/** Recomputes the stored nodes of a tree from its leaves. */
export function nodeChecker() {
  /** For each level the hashes of the row that is not full yet. */
  const rows: Buffer[][] = [[]]
  const nodes = new Map<string, Buffer>()
  const counts: number[] = []
  const addTo = (level: number, hash: Buffer): void => {
    rows[level] ??= []
    const row = rows[level]
    row.push(hash)
    if (row.length < WIDTH) return
    rows[level] = []
    const root = rootOfFull(row)
    const index = counts[level + 1] ?? 0
    counts[level + 1] = index + 1
    nodes.set(`${level + 1}/${index}`, root)
    addTo(level + 1, root)
  }
  return {
    add: (leaf: Buffer): void => addTo(0, leaf),
    /** Every stored node must be one of these, and every one of these must be stored. */
    async compare(stored: AsyncIterable<StoredNode>, findings: Findings): Promise<void> {
      for await (const { level, index, hash } of stored) {
        const name = `${level}/${index}`
        if (!nodes.get(name)?.equals(hash)) findings.add('corrupt_node', `level ${level}, number ${index}`)
        nodes.delete(name)
      }
      for (const name of nodes.keys()) findings.add('corrupt_node', `${name} is not stored`)
    },
  }
}

function rootOfFull(row: readonly Buffer[]): Buffer {
  let hashes = row
  while (hashes.length > 1) {
    hashes = Array.from({ length: hashes.length / 2 }, (_, at) =>
      hashChildren(hashes[2 * at] as Buffer, hashes[2 * at + 1] as Buffer),
    )
  }
  return hashes[0] as Buffer
}
