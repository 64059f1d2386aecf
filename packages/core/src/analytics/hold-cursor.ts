import { schema, type Tx } from '@pramaan/db'
import { eq } from 'drizzle-orm'

const { analyticsCursor } = schema

/** The id of the one row. */
export const CURSOR_ID = 1

/**
 * Lets one transaction at a time count, until it ends: two that count the same day would each put their rows beside those of
 * the other.
 *
 * @returns the leaf of the sealed log from which to read on
 */
export async function holdCursor(tx: Tx): Promise<number> {
  await tx.insert(analyticsCursor).values({ id: CURSOR_ID, nextLeaf: 0 }).onConflictDoNothing()
  const [cursor] = await tx.select().from(analyticsCursor).where(eq(analyticsCursor.id, CURSOR_ID)).for('update')
  if (!cursor) throw new Error('the cursor of analytics has vanished')
  return cursor.nextLeaf
}
