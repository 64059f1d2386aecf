import type { Db } from '@pramaan/db'
import { hashReader } from './read-hashes.ts'
import { inclusionPath } from './rules/merkle.ts'

/** The hashes from a leaf up to the root of a tree of `size` (RFC 6962 section 2.1.1). */
export const proveInclusion = ({ pool }: Db, leafIndex: number, size: number): Promise<Buffer[]> =>
  hashReader(pool)(inclusionPath(leafIndex, size))
