import type { Db } from '@pramaan/db'
import pg from 'pg'
import { describeError, type Log } from './log.ts'
import { type PgBoss, relayOutbox } from './queue.ts'

const CHANNEL = 'outbox'
/** Commands within this time share one wake-up: NOTIFY inside every transaction would make commits queue for a lock. */
const COALESCE_MS = 5
/** How long a job waits at the most when a wake-up is lost. */
const POLL_MS = 1_000

/** Returns a function that tells the relays, soon after it was called, that the outbox holds something. */
export function createWakeUp(db: Db): () => void {
  let pending = false
  return () => {
    if (pending) return
    pending = true
    setTimeout(() => {
      pending = false
      // A lost wake-up costs one polling interval, never a job.
      db.pool.query({ name: 'outbox_wake_up', text: `select pg_notify('${CHANNEL}', '')` }).catch(() => undefined)
    }, COALESCE_MS).unref()
  }
}

export interface Relay {
  /** Ends after the move that is under way. */
  stop(): Promise<void>
}

/** Moves jobs from the outbox to pg-boss as they come: at a wake-up, else at every polling interval. */
export function startRelay(options: { db: Db; boss: PgBoss; url: string; log: Log }): Relay {
  const { db, boss, url, log } = options
  let running = true
  let wake: () => void = () => undefined
  let rung = false
  const ring = () => {
    rung = true
    wake()
  }
  const nextRing = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (rung) wake()
    })
  let listener: pg.Client | null = null
  const listen = async () => {
    const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5_000 })
    client.on('notification', ring)
    client.on('error', () => {
      listener = null
    })
    await client.connect()
    await client.query(`listen ${CHANNEL}`)
    listener = client
  }
  const loop = async () => {
    while (running) {
      try {
        if (!listener) await listen()
        rung = false
        const { more } = await relayOutbox(db, boss)
        if (!more && running) await nextRing()
      } catch (error) {
        log.error({ ...describeError(error) }, 'the relay could not move jobs; it tries again')
        if (running) await nextRing()
      }
    }
    await listener?.end().catch(() => undefined)
  }
  const ended = loop()
  return {
    async stop() {
      running = false
      ring()
      await ended
    },
  }
}
