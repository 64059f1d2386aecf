import type { Findings } from './findings.ts'

/** The root of a full subtree of 256 to the power of `level` leaves, as it is stored. */
export interface StoredNode {
  readonly level: number
  readonly index: number
  readonly hash: Buffer
}

/** Levels of stored nodes are eight apart. */
const HEIGHT_OF_LEVEL = 8

/** Compares the stored nodes of a tree with those that come about while it is built from its leaves. */
export function nodeChecker() {
  const nodes = new Map<string, Buffer>()
  const counts: number[] = []
  return {
    /** Takes each full subtree, those of a height in the order of their places. */
    add(height: number, hash: Buffer): void {
      if (height % HEIGHT_OF_LEVEL !== 0) return
      const level = height / HEIGHT_OF_LEVEL
      const index = counts[level] ?? 0
      counts[level] = index + 1
      nodes.set(`${level}/${index}`, hash)
    },
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
