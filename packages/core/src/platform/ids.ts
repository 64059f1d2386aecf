import { v7 } from 'uuid'

/** UUIDv7 (RFC 9562): sorts by creation time, so it is also the keyset of a list. */
export const newId = (): string => v7()
