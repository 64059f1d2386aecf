import { schema } from '@pramaan/db'
import { CheckpointListInput } from '@pramaan/shared'
import { lt } from 'drizzle-orm'
import { decodeCursor, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { readCheckpoints } from './checkpoints.ts'

const LIST = 'checkpoints'

/** The signed heads of the log, newest first. They say nothing about anybody, so that everybody signed in may have them. */
export const listCheckpoints = query({
  name: 'audit.list_checkpoints',
  input: CheckpointListInput,
  async run(ctx, { cursor, limit }) {
    const before = cursor === undefined ? undefined : Number(decodeCursor(ctx.keys, LIST, cursor))
    const where = before === undefined ? undefined : lt(schema.auditCheckpoints.size, before)
    const rows = await readCheckpoints(ctx.db.read, { where, limit: limit + 1 })
    return toPage(ctx.keys, LIST, rows, { limit, keyOf: ({ size }) => String(size), view: (row) => row })
  },
})
