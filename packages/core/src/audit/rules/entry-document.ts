import type { schema } from '@pramaan/db'
import canonicalize from 'canonicalize'

type Row = Pick<
  typeof schema.auditEntries.$inferSelect,
  'id' | 'recordedAt' | 'advisorId' | 'actorId' | 'action' | 'objectType' | 'objectId' | 'body'
>

/** Where the sealer put an entry: in the log of the platform, and in the sequence of its advisor. */
export interface LeafPlace {
  readonly log: string
  readonly leafIndex: number
  readonly stream: string
  readonly streamSequence: number
}

/** The stream of entries that concern no advisor. */
const PLATFORM_STREAM = '00000000-0000-0000-0000-000000000000'

export const streamOf = (row: Pick<Row, 'advisorId'>): string => row.advisorId ?? PLATFORM_STREAM

/**
 * The leaf of the Merkle log: the whole entry and its place, as canonical JSON (RFC 8785). It names people by id and
 * addresses by keyed hash, so that erasing somebody never has to change it.
 *
 * `packages/verifier` makes the same document by its own code; the tests of both compare them.
 */
export function entryDocument(row: Row, place: LeafPlace): string {
  const document = canonicalize({
    version: 1,
    log: place.log,
    index: place.leafIndex,
    stream: place.stream,
    sequence: place.streamSequence,
    id: String(row.id),
    at: row.recordedAt.toISOString(),
    clock: 'database',
    advisorId: row.advisorId,
    actorId: row.actorId,
    action: row.action,
    objectType: row.objectType,
    objectId: row.objectId,
    body: row.body,
  })
  if (document === undefined) throw new Error('an entry has no canonical form')
  return document
}
