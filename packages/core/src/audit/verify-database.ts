import { createDb } from '@pramaan/db'
import { type Report, type Trust, verifyLog } from '@pramaan/verifier'
import { withLog } from './read-log.ts'

/** Long enough for a statement over a log of years. */
const STATEMENT_TIMEOUT_MS = 3_600_000

/** Verifies the whole audit log of a database, as one snapshot. What is trusted comes from outside of it. */
export async function verifyDatabase(url: string, trust: Trust): Promise<Report & { size: number }> {
  const db = createDb({ url, max: 2, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    return await withLog(db, (source) => verifyLog(source, trust))
  } finally {
    await db.close()
  }
}
