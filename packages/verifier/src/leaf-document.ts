import { canonicalJson } from './canonical-json.ts'

/** An audit entry as it stands in the database or in a pack. */
export interface LoggedEntry {
  /** Its number, in decimal. */
  readonly id: string
  /** RFC 3339, UTC, with milliseconds. */
  readonly at: string
  readonly advisorId: string | null
  readonly actorId: string | null
  readonly action: string
  readonly objectType: string
  readonly objectId: string
  readonly body: unknown
}

/** Where an entry stands. */
export interface Place {
  readonly index: number
  readonly stream: string
  readonly sequence: number
}

/** The stream of entries that concern no advisor. */
const PLATFORM_STREAM = '00000000-0000-0000-0000-000000000000'

/** The stream that an entry belongs to by what it says itself. */
export const streamOf = ({ advisorId }: LoggedEntry): string => advisorId ?? PLATFORM_STREAM

/** The bytes of a leaf: the entry and its place, as canonical JSON (RFC 8785). */
export const leafDocument = (log: string, entry: LoggedEntry, place: Place): string =>
  canonicalJson({
    version: 1,
    log,
    index: place.index,
    stream: place.stream,
    sequence: place.sequence,
    id: entry.id,
    at: entry.at,
    clock: 'database',
    advisorId: entry.advisorId,
    actorId: entry.actorId,
    action: entry.action,
    objectType: entry.objectType,
    objectId: entry.objectId,
    body: entry.body,
  })
