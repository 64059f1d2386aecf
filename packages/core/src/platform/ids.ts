import { randomUUID } from 'node:crypto'

/** Counts the ids of one millisecond, so that ids of one process sort in the order in which they were made. */
const MAX_SEQUENCE = 0xfff
let lastMs = 0
let sequence = 0

/**
 * UUIDv7 (RFC 9562, method 1 of section 6.2): sorts by creation time, so it is also the keyset of a list. 48 bits of
 * time in ms, a counter of 12 bits, and 62 random bits that Node draws in advance: a tenth of the cost of drawing them
 * for each id.
 */
export function newId(): string {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    sequence = 0
  } else if (sequence < MAX_SEQUENCE) {
    sequence += 1
  } else {
    lastMs += 1
    sequence = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const counter = sequence.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${randomUUID().slice(18)}`
}
