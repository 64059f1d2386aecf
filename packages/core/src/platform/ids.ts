import { randomUUIDv7 } from 'node:crypto'

/** UUIDv7 (RFC 9562): sorts by creation time to the millisecond, so it is also the keyset of a list. */
export const newId = (): string => randomUUIDv7()
