import { createBoss, relayOutbox } from '@pramaan/core/platform/queue'
import { createDb } from '@pramaan/db'

const ENOUGH = 20_000

/**
 * What is left to do for a job after its commit: moving it from the outbox into pg-boss, as the worker does.
 * Moves up to 20,000 of those that the load has left behind.
 *
 * @returns jobs a second, and null when there were none
 */
export async function measureRelay(databaseUrl: string): Promise<{ moved: number; jobsPerSecond: number } | null> {
  const db = createDb({ url: databaseUrl, max: 2 })
  const boss = createBoss({ url: databaseUrl, work: false, onError: () => undefined })
  await boss.start()
  try {
    const began = performance.now()
    let total = 0
    for (let more = true; more && total < ENOUGH; ) {
      const step = await relayOutbox(db, boss)
      total += step.moved
      more = step.more
    }
    return total === 0 ? null : { moved: total, jobsPerSecond: (total / (performance.now() - began)) * 1_000 }
  } finally {
    await boss.stop({ graceful: false, close: true })
    await db.close()
  }
}
