import type { Keys } from './crypto.ts'
import { AppError } from './errors.ts'

/** After every id in the order of UUIDs: where a list that shows the newest first begins, with the statement of all pages. */
export const PAST_THE_NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * Opaque keyset cursors: the last id of a page, bound by a keyed hash to its list and tenant, so that a foreign or
 * altered one is refused.
 */
export function encodeCursor(keys: Keys, list: string, lastKey: string): string {
  return Buffer.from(`${lastKey}.${seal(keys, list, lastKey)}`).toString('base64url')
}

/** @throws AppError `invalid_cursor` */
export function decodeCursor(keys: Keys, list: string, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  const dot = text.lastIndexOf('.')
  const lastKey = text.slice(0, dot)
  if (dot < 0 || text.slice(dot + 1) !== seal(keys, list, lastKey)) {
    throw new AppError('invalid_cursor', 'This cursor does not belong to this list. Start again without a cursor.')
  }
  return lastKey
}

const seal = (keys: Keys, list: string, lastKey: string) =>
  keys.lookupHash('cursor', `${list}\n${lastKey}`).toString('base64url').slice(0, 22)

/** Cuts a page out of `limit + 1` rows. */
export function toPage<Row, Item>(
  keys: Keys,
  list: string,
  rows: Row[],
  options: { limit: number; keyOf: (row: Row) => string; view: (row: Row) => Item },
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, options.limit)
  const last = rows.length > options.limit ? shown.at(-1) : undefined
  return {
    items: shown.map(options.view),
    nextCursor: last === undefined ? null : encodeCursor(keys, list, options.keyOf(last)),
  }
}
