import { hash } from 'node:crypto'

/** The hash of a leaf (RFC 6962 section 2.1). */
export const hashLeaf = (leaf: Uint8Array | string): Buffer =>
  // One call for text, as a log of a million entries has a million of them.
  typeof leaf === 'string'
    ? hash('sha256', `\u0000${leaf}`, 'buffer')
    : hash('sha256', Buffer.concat([Buffer.of(0), leaf]), 'buffer')

/** The hash of an inner node (RFC 6962 section 2.1). */
export function hashChildren(left: Buffer, right: Buffer): Buffer {
  const node = Buffer.allocUnsafe(1 + left.length + right.length)
  node[0] = 1
  left.copy(node, 1)
  right.copy(node, 1 + left.length)
  return hash('sha256', node, 'buffer')
}

/** The root of a tree without leaves. */
const EMPTY_ROOT = hash('sha256', '', 'buffer')

/**
 * Whether a proof leads from a leaf to a root (RFC 9162 section 2.1.3.2). False for whatever is malformed: an index
 * outside of the tree, a proof that is too short or too long.
 */
export function provesInclusion(
  leaf: Buffer,
  index: bigint,
  size: bigint,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (index < 0n || index >= size || [leaf, ...proof].some((hash) => hash.length !== 32)) return false
  let [node, last] = [index, size - 1n]
  let reached = leaf
  for (const sibling of proof) {
    if (last === 0n) return false
    if (node % 2n === 1n || node === last) {
      reached = hashChildren(sibling, reached)
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n]
    } else {
      reached = hashChildren(reached, sibling)
    }
    ;[node, last] = [node / 2n, last / 2n]
  }
  return last === 0n && reached.equals(root)
}

/**
 * Whether a proof shows that the tree of `newSize` only adds to that of `oldSize` (RFC 9162 section 2.1.4.2). From an
 * empty tree nothing can be shown: false.
 */
export function provesConsistency(
  oldSize: bigint,
  oldRoot: Buffer,
  newSize: bigint,
  newRoot: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (oldSize <= 0n || oldSize > newSize || proof.some((hash) => hash.length !== 32)) return false
  if (oldSize === newSize) return proof.length === 0 && oldRoot.equals(newRoot)
  // A tree that is itself a perfect subtree is its own first hash.
  const path = (oldSize & (oldSize - 1n)) === 0n ? [oldRoot, ...proof] : proof
  const [first, ...rest] = path
  if (!first || proof.length === 0) return false
  let [node, last] = [oldSize - 1n, newSize - 1n]
  while (node % 2n === 1n) [node, last] = [node / 2n, last / 2n]
  let [before, after] = [first, first]
  for (const hash of rest) {
    if (last === 0n) return false
    if (node % 2n === 1n || node === last) {
      before = hashChildren(hash, before)
      after = hashChildren(hash, after)
      while (node % 2n === 0n && node !== 0n) [node, last] = [node / 2n, last / 2n]
    } else {
      after = hashChildren(after, hash)
    }
    ;[node, last] = [node / 2n, last / 2n]
  }
  return last === 0n && before.equals(oldRoot) && after.equals(newRoot)
}

/** A tree that is built leaf by leaf and knows its root at every size. */
export interface GrowingTree {
  readonly size: bigint
  add(leaf: Buffer): void
  root(): Buffer
}

/** @param onSubtree hears of each perfect subtree of more than one leaf, once it is full */
export function growingTree(onSubtree?: (height: number, hash: Buffer) => void): GrowingTree {
  /** Perfect subtrees from left to right, each higher than the next. */
  const peaks: { height: number; hash: Buffer }[] = []
  let size = 0n
  return {
    get size() {
      return size
    },
    add(leaf) {
      let peak = { height: 0, hash: leaf }
      for (let last = peaks.at(-1); last?.height === peak.height; last = peaks.at(-1)) {
        peaks.pop()
        peak = { height: peak.height + 1, hash: hashChildren(last.hash, peak.hash) }
        onSubtree?.(peak.height, peak.hash)
      }
      peaks.push(peak)
      size += 1n
    },
    root() {
      const hashes = peaks.map(({ hash }) => hash)
      return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => hashChildren(left, right))
    },
  }
}
