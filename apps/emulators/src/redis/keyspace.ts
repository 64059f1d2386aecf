import { type ErrorReply, WRONG_TYPE } from './reply.ts'

/** Member to score. */
export type SortedSet = Map<string, number>
type Value = string | SortedSet | Set<string>
export type TypeName = 'string' | 'zset' | 'set'

interface Entry {
  value: Value
  /** Milliseconds since 1970, or null for ever. */
  expiresAt: number | null
  /** Counts up as keys are made: a SCAN that knows the last one it gave can go on although keys were deleted. */
  serial: number
}

/** One numbered database. Keys end when somebody looks at them after their time, and in `sweep`. */
export interface Keyspace {
  now(): number
  get(key: string): Value | undefined
  getString(key: string): string | undefined | ErrorReply
  getSortedSet(key: string): SortedSet | undefined | ErrorReply
  getSet(key: string): Set<string> | undefined | ErrorReply
  /** Writes a value and its expiry; the place of a key that stands already is kept. */
  set(key: string, value: Value, expiresAt: number | null): void
  delete(key: string): boolean
  /** undefined when there is no such key. */
  expiresAt(key: string): number | null | undefined
  setExpiry(key: string, expiresAt: number | null): void
  /** Keys from a serial on, oldest first. */
  from(serial: number): Iterable<{ key: string; serial: number }>
  size(): number
  clear(): void
  sweep(): void
}

export const typeName = (value: Value): TypeName =>
  typeof value === 'string' ? 'string' : value instanceof Map ? 'zset' : 'set'

export function createKeyspace(now: () => number): Keyspace {
  const entries = new Map<string, Entry>()
  let lastSerial = 0

  function live(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (!entry || entry.expiresAt === null || entry.expiresAt > now()) return entry
    entries.delete(key)
    return undefined
  }

  function sweep() {
    for (const key of entries.keys()) live(key)
  }

  return {
    now,
    get: (key) => live(key)?.value,
    getString(key) {
      const value = live(key)?.value
      return value === undefined || typeof value === 'string' ? value : WRONG_TYPE
    },
    getSortedSet(key) {
      const value = live(key)?.value
      return value === undefined || value instanceof Map ? value : WRONG_TYPE
    },
    getSet(key) {
      const value = live(key)?.value
      return value === undefined || value instanceof Set ? value : WRONG_TYPE
    },
    set(key, value, expiresAt) {
      const entry = live(key)
      if (entry) Object.assign(entry, { value, expiresAt })
      else entries.set(key, { value, expiresAt, serial: ++lastSerial })
    },
    delete: (key) => live(key) !== undefined && entries.delete(key),
    expiresAt: (key) => live(key)?.expiresAt,
    setExpiry(key, expiresAt) {
      const entry = live(key)
      if (entry) entry.expiresAt = expiresAt
    },
    *from(serial) {
      for (const [key, entry] of entries) {
        if (entry.serial >= serial && live(key)) yield { key, serial: entry.serial }
      }
    },
    size() {
      sweep()
      return entries.size
    },
    clear: () => entries.clear(),
    sweep,
  }
}
