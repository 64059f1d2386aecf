import { createHash } from 'node:crypto'

/** Children of a stored node: a node of level l is the root of 256 to the power of l leaves. */
const HEIGHT_OF_LEVEL = 8

/** The hash of a leaf's bytes (RFC 6962 section 2.1). */
export const leafHash = (leaf: string): Buffer => createHash('sha256').update('\u0000').update(leaf).digest()

/** The hash of an inner node (RFC 6962 section 2.1). */
export const nodeHash = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256').update('\u0001').update(left).update(right).digest()

/** The perfect subtree of `2 ** height` leaves that begins at leaf `index * 2 ** height`. */
export interface Subtree {
  readonly height: number
  readonly index: number
}

/** The root of a perfect subtree of 256 to the power of `level` leaves that a new leaf has filled. */
export interface FilledNode {
  readonly level: number
  readonly nodeIndex: number
  readonly hash: Buffer
}

/**
 * The right edge of a growing tree: the roots of its perfect subtrees, the largest first. All that is needed to add
 * leaves and to tell the root, whatever the size of the tree.
 */
export interface Frontier {
  readonly size: number
  /** Adds a leaf, and tells which stored nodes it filled. */
  append(hash: Buffer): FilledNode[]
  root(): Buffer
  /** The roots one after the other, 32 bytes each; `frontierFrom` reads them again. */
  encode(): Buffer
}

/** An empty frontier, or the one that `encode` wrote for a tree of this size. @throws Error when they do not fit */
export function frontierFrom(startSize = 0, encoded: Buffer = Buffer.alloc(0)): Frontier {
  const roots: Buffer[] = []
  for (let at = 0; at < encoded.length; at += 32) roots.push(encoded.subarray(at, at + 32))
  if (encoded.length % 32 !== 0 || roots.length !== coverOf(0, startSize).length) {
    throw new Error(`the stored frontier is not that of a tree of ${startSize} leaves`)
  }
  let size = startSize
  return {
    get size() {
      return size
    },
    append(leaf) {
      const filled: FilledNode[] = []
      let hash = leaf
      let height = 0
      // As in a binary counter: each bit that is set carries over into the next.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        hash = nodeHash(roots.pop() as Buffer, hash)
        height += 1
        if (height % HEIGHT_OF_LEVEL === 0) {
          filled.push({ level: height / HEIGHT_OF_LEVEL, nodeIndex: (rest - 1) / 2, hash })
        }
      }
      roots.push(hash)
      size += 1
      return filled
    },
    root: () => rootOver(roots),
    encode: () => Buffer.concat(roots),
  }
}

/** The root over the roots of a cover, folded from the right as RFC 6962 splits it. @throws Error for none */
export const rootOver = (roots: readonly Buffer[]): Buffer => roots.reduceRight((right, left) => nodeHash(left, right))

/** The fewest perfect subtrees that cover the leaves from `start` up to, not including, `end`; from left to right. */
export function coverOf(start: number, end: number): Subtree[] {
  const cover: Subtree[] = []
  for (let at = start; at < end; ) {
    let height = 0
    while (at % 2 ** (height + 1) === 0 && at + 2 ** (height + 1) <= end) height += 1
    cover.push({ height, index: at / 2 ** height })
    at += 2 ** height
  }
  return cover
}

/** A hash of a proof: the root over the leaves from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** The largest power of two below `count`: where RFC 6962 splits a tree. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

/** What an inclusion proof of a leaf in a tree of `size` consists of, from the leaf upwards (RFC 6962 section 2.1.1). */
export function inclusionPath(leafIndex: number, size: number): Range[] {
  const path: Range[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (leafIndex < middle) {
      path.unshift({ start: middle, end })
      end = middle
    } else {
      path.unshift({ start, end: middle })
      start = middle
    }
  }
  return path
}

/** What a consistency proof from a tree of `oldSize` to one of `size` consists of (RFC 6962 section 2.1.2). */
export function consistencyPath(oldSize: number, size: number): Range[] {
  if (oldSize === 0 || oldSize === size) return []
  const path: Range[] = []
  let start = 0
  let end = size
  // Whether the old tree ends exactly at `end` of what is looked at, and then whether it is known to the verifier.
  let whole = true
  while (oldSize !== end) {
    const middle = start + splitOf(end - start)
    if (oldSize <= middle) {
      path.unshift({ start: middle, end })
      end = middle
    } else {
      path.unshift({ start, end: middle })
      start = middle
      whole = false
    }
  }
  return whole ? path : [{ start, end }, ...path]
}
