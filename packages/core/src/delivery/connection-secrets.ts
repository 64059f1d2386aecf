import type { Queries } from '@pramaan/db'
import type { DataKey, Keys } from '../platform/crypto.ts'
import type { ConnectionRow } from './views.ts'

const place = (column: 'access_token' | 'pin', rowId: string) => ({ table: 'whatsapp_connections', column, rowId })

/** The business token of a connection; an empty text before the first step was done. */
export const openToken = (keys: Keys, queries: Queries, row: ConnectionRow): Promise<string> =>
  keys.open(queries, row.advisorId, place('access_token', row.id), row.accessToken)

export const openPin = (keys: Keys, queries: Queries, row: ConnectionRow): Promise<string> =>
  keys.open(queries, row.advisorId, place('pin', row.id), row.pin)

export const sealToken = (keys: Keys, key: DataKey, rowId: string, token: string): Buffer =>
  keys.seal(key, place('access_token', rowId), token)

export const sealPin = (keys: Keys, key: DataKey, rowId: string, pin: string): Buffer =>
  keys.seal(key, place('pin', rowId), pin)
