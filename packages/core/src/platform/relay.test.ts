import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { testWorld } from '../../testing/index.ts'
import { createBoss, defineJob } from './queue.ts'
import { createWakeUp, startRelay } from './relay.ts'
import { command } from './use-case.ts'

const world = await testWorld()
const sweep = defineJob('platform.sweep', { label: z.string() })

const leaveJob = command({
  name: 'identity.sweep',
  input: z.strictObject({ label: z.string() }),
  async run(_ctx, { label }) {
    const audit = { action: 'platform.job_left', objectType: 'test', objectId: label }
    return { output: null, audit, jobs: [sweep.with({ label })] }
  },
})

/** Counts, per label, the jobs that pg-boss holds. */
async function queuedLabels(): Promise<Record<string, number>> {
  const { rows } = await world.db.pool.query<{ label: string; found: number }>(
    `select data->'data'->>'label' as label, count(*)::int as found from pgboss.job where name = 'platform.sweep' group by 1`,
  )
  return Object.fromEntries(rows.map(({ label, found }) => [label, found]))
}

async function relaying(count: number, body: () => Promise<void>): Promise<void> {
  const boss = createBoss({ url: world.url, work: false, onError: () => undefined })
  await boss.start()
  const log = world.ctx().log
  const relays = Array.from({ length: count }, () => startRelay({ db: world.db, boss, url: world.url, log }))
  try {
    await body()
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()))
    await boss.stop({ graceful: false, close: true })
  }
}

test('a committed job reaches pg-boss by itself', async () => {
  await relaying(1, async () => {
    const ctx = { ...world.ctx(), wakeRelay: createWakeUp(world.db) }
    await leaveJob(ctx, { label: 'woken' })
    await vi.waitFor(async () => expect(await queuedLabels()).toMatchObject({ woken: 1 }), { timeout: 5_000 })
  })
})

test('a job whose wake-up was lost is found all the same', async () => {
  await relaying(1, async () => {
    await leaveJob(world.ctx(), { label: 'silent' })
    await vi.waitFor(async () => expect(await queuedLabels()).toMatchObject({ silent: 1 }), { timeout: 5_000 })
  })
})

test('two relays at once hand over each of 500 jobs once', async () => {
  const labels = Array.from({ length: 500 }, (_, index) => `both-${index}`)
  await relaying(2, async () => {
    await Promise.all(labels.map((label) => leaveJob(world.ctx(), { label })))
    const moved = async () => {
      const queued = await queuedLabels()
      expect(labels.map((label) => queued[label])).toEqual(labels.map(() => 1))
    }
    await vi.waitFor(moved, { timeout: 10_000, interval: 200 })
  })
})
