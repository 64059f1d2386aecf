import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { schema } from '@pramaan/db'
import { type TestDb, testDatabase } from '@pramaan/db/testing'
import { asc, eq } from 'drizzle-orm'
import { afterAll } from 'vitest'
import type { AccessTokens } from '../src/platform/access-tokens.ts'
import type { Actor, Clients, Ctx, Settings } from '../src/platform/context.ts'
import { type KeyMaterial, type Keys, loadKeys } from '../src/platform/crypto.ts'
import { newId } from '../src/platform/ids.ts'
import type { Log } from '../src/platform/log.ts'
import {
  createBoss,
  JobEnvelope,
  type PgBoss,
  QUEUE_NAMES,
  type QueueName,
  relayOutbox,
} from '../src/platform/queue.ts'
import { createRateLimiter } from '../src/platform/rate-limit.ts'
import type { SessionStore } from '../src/platform/sessions.ts'
import { capturedLog } from './captured.ts'

export { capturedFile, capturedLog, neverLogged } from './captured.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Every Redis that the contract suite must hold on: the stand-in always, a real server where there is one (first). */
    redis: { kind: 'server' | 'standin'; url: string }[]
    /** The vendors' doubles, one process for the run: tests keep apart by account, number and address. */
    emulators: { razorpay: string; whatsapp: string; ai: string; smtp: string; mailDir: string }
  }
}

/** A clock that moves only when told. */
export interface TestClock {
  now(): Date
  advance(milliseconds: number): void
}

export function fixedClock(start = '2026-11-24T06:30:00.000Z'): TestClock {
  let time = new Date(start).getTime()
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds
    },
  }
}

export const SYSTEM: Actor = { kind: 'system', name: 'test' }

export type JobHandler = (ctx: Ctx, payload: unknown) => Promise<unknown>
export type JobHandlers = Partial<Record<QueueName, JobHandler>>

export interface World extends TestDb {
  /** They draw no approval for a second look; see `drawing`. */
  keys: Keys
  clock: TestClock
  /** A context for an actor, on behalf of an advisor. */
  ctx(actor?: Actor, advisorId?: string | null): Ctx
  /**
   * Runs every job that is due, and those that these cause, through the real queue, until none is left.
   * @returns the names of the queues in the order in which they ran
   */
  drainJobs(handlers: JobHandlers): Promise<QueueName[]>
  /** The actions in the audit log about one object, oldest first. */
  auditActions(objectId: string): Promise<string[]>
}

/** Stands where a test has no business: any use of it fails the test by name. */
function absent<Service extends object>(name: string): Service {
  const refuse = () => {
    throw new Error(`this test world has no ${name}: pass one to testWorld()`)
  }
  return new Proxy({} as Service, { get: refuse })
}

export interface WorldOptions {
  sessions?: SessionStore
  tokens?: AccessTokens
  clients?: Partial<Clients>
  settings?: Partial<Settings>
  /** Where what is logged goes; else nowhere. */
  log?: Log
  /** For a test that shares the world with a process of its own; else fresh keys and a clock that stands. */
  keys?: KeyMaterial
  clock?: TestClock
}

/**
 * Keys whose hash of a verdict's id, by which approvals are drawn for a second look, falls where the test says: 0 is
 * drawn first, what is next to 1 never. By chance no test could tell what it will find.
 */
export function drawing(keys: Keys, at: (verdictId: string) => number): Keys {
  const hashAt = (share: number) => {
    const hash = Buffer.alloc(32)
    hash.writeUInt32BE(Math.floor(share * 2 ** 32))
    return hash
  }
  const lookupHash: Keys['lookupHash'] = (purpose, value) =>
    purpose === 'second-look' ? hashAt(at(value)) : keys.lookupHash(purpose, value)
  return { ...keys, lookupHash }
}
const NEVER_DRAWN = 0.999

/** Fresh keys of a process. */
export const freshKeys = (): KeyMaterial => ({
  keyring: [{ id: 'k1', secret: randomBytes(32) }],
  signingKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
})

/** The clock of this machine, for a test that shares it with another process. */
export const systemClock = (): TestClock => ({
  now: () => new Date(),
  advance: () => {
    throw new Error('the clock of the machine is not ours to move')
  },
})

const TEST_SETTINGS: Settings = {
  publicUrl: 'http://127.0.0.1:8787',
  embedded: true,
  auditOrigin: 'pramaan.test/audit',
  auditWitness: null,
  auditExports: { folder: null, mail: [], url: null },
  recordsYears: 8,
  erasureLedger: join(mkdtempSync(join(tmpdir(), 'pramaan-ledger-')), 'erasures.ndjson'),
  webhookSecrets: { razorpay: ['test-razorpay'], whatsapp: 'test-whatsapp', whatsappVerifyToken: 'test-verify' },
  ai: { timeoutMs: 5_000, dailyCalls: 1_000 },
  billing: {
    supplierName: 'Pramaan Test Private Limited',
    supplierAddress: '1 Residency Road, Bengaluru 560025',
    supplierGstin: '29AAAAA0000A1Z5',
    sac: '998314',
    razorpayAccountId: null,
  },
  passwordCost: 4,
}

/** A migrated database, keys and a clock for one test file. */
export async function testWorld(options: WorldOptions = {}): Promise<World> {
  const database = await testDatabase()
  const clock = options.clock ?? fixedClock()
  const { product } = database
  const keys = drawing(await loadKeys(product.acrossAdvisors, options.keys ?? freshKeys()), () => NEVER_DRAWN)
  const limiter = createRateLimiter(product.acrossAdvisors, clock.now)
  const log = capturedLog('core')
  const ctx = (actor: Actor = SYSTEM, advisorId: string | null = null): Ctx => ({
    actor,
    advisorId,
    requestId: newId(),
    ip: '127.0.0.1',
    db: advisorId === null ? product : product.forAdvisor(advisorId),
    keys,
    sessions: options.sessions ?? absent('sessions'),
    tokens: options.tokens ?? absent('access tokens'),
    limiter,
    clients: {
      mail: options.clients?.mail ?? absent('mail client'),
      whatsapp: options.clients?.whatsapp ?? absent('WhatsApp client'),
      webhook: options.clients?.webhook ?? absent('webhook client'),
      razorpay: options.clients?.razorpay ?? absent('Razorpay client'),
      ai: options.clients?.ai ?? null,
    },
    settings: { ...TEST_SETTINGS, ...options.settings },
    log: options.log ?? log,
    wakeRelay: () => undefined,
    now: clock.now,
    newId,
  })
  let boss: PgBoss | undefined
  const queue = async () => {
    if (!boss) {
      boss = createBoss({ url: database.url, work: false, onError: () => undefined })
      await boss.start()
    }
    return boss
  }
  afterAll(() => boss?.stop({ graceful: false, close: true }))
  return {
    ...database,
    keys,
    clock,
    ctx,
    async drainJobs(handlers) {
      const running = await queue()
      const ran: QueueName[] = []
      for (let idle = false; !idle; ) {
        await relayOutbox(product.acrossAdvisors, running)
        idle = true
        for (const name of QUEUE_NAMES) {
          const handler = handlers[name]
          if (!handler) continue
          for (const job of await running.fetch<unknown>(name, { batchSize: 50 })) {
            idle = false
            const envelope = JobEnvelope.parse(job.data)
            await handler({ ...ctx(), requestId: envelope.requestId }, envelope.data)
            await running.complete(name, job.id)
            ran.push(name)
          }
        }
      }
      return ran
    },
    async auditActions(objectId) {
      const rows = await database.db.read
        .select({ action: schema.auditEntries.action })
        .from(schema.auditEntries)
        .where(eq(schema.auditEntries.objectId, objectId))
        .orderBy(asc(schema.auditEntries.id))
      return rows.map((row) => row.action)
    },
  }
}
