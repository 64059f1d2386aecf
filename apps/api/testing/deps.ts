import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, createDeps, type Deps } from '@pramaan/core/deps'
import { capturedLog, fixedClock, type TestClock } from '@pramaan/core/testing'
import { testDatabase } from '@pramaan/db/testing'
import pg from 'pg'
import { afterAll, inject } from 'vitest'

/** The real parts of one process, over a database of one test file. */
export interface TestDeps {
  deps: Deps
  clock: TestClock
  /** One statement as the superuser: what an operator or an attacker with the database would do. */
  sql<Row extends Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  /** Runs `body` while the database ends the connections of the app, and takes no new one. */
  withoutDatabase(body: () => Promise<void>): Promise<void>
  /** Where the database is, as the app's role. */
  databaseUrl: string
  /** The account of this test file at Razorpay's double. */
  razorpayAccount: string
}

/** Real database, real Redis, vendors' doubles over HTTP and SMTP, a clock that stands. Closed after the file's last test. */
export async function testDeps(): Promise<TestDeps> {
  const { url, adminUrl } = await testDatabase()
  const clock = fixedClock()
  const razorpayAccount = await openRazorpayAccount(clock.now())
  const deps = await createDeps(testConfig(url), capturedLog('api'), clock.now)
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  // Runs before the database is dropped: hooks registered later run first.
  afterAll(async () => {
    await admin.end()
    await deps.close()
  })
  const allow = (connections: number) =>
    admin.query(`alter database ${new URL(url).pathname.slice(1)} with connection limit ${connections}`)
  return {
    deps,
    clock,
    sql: async (text, values = []) => (await admin.query(text, values)).rows,
    async withoutDatabase(body) {
      await allow(0)
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'pramaan_app'`,
      )
      await body().finally(() => allow(-1))
    },
    databaseUrl: url,
    razorpayAccount,
  }
}

const RAZORPAY_KEYS = { keyId: `rzp_test_${randomBytes(7).toString('hex')}`, keySecret: 'a-secret-of-the-tests' }
const WEBHOOK_SECRET = 'test-razorpay'

async function openRazorpayAccount(now: Date): Promise<string> {
  const accountId = `acc_${randomBytes(7).toString('hex')}`
  const account = { accountId, ...RAZORPAY_KEYS, webhookSecret: WEBHOOK_SECRET, now: now.toISOString() }
  const answer = await fetch(`${inject('emulators').razorpay}/__ctl/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return accountId
}

function testConfig(databaseUrl: string): Config {
  const { razorpay, smtp, whatsapp } = inject('emulators')
  const jwtKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
  return {
    databaseUrl,
    databaseReplicaUrl: null,
    databaseConnections: 8,
    redisUrl: inject('redis')[0]?.url ?? '',
    smtpUrl: smtp,
    mailFrom: 'Pramaan <no-reply@pramaan.test>',
    keys: { keyring: [{ id: 'test', secret: randomBytes(32) }], signingKey },
    jwtKeys: JSON.stringify({ keys: [{ ...jwtKey, kid: 'test' }] }),
    whatsapp: { baseUrl: whatsapp, version: 'v23.0', appId: 'test-app-id', appSecret: 'test-whatsapp' },
    ai: null,
    razorpay: { baseUrl: razorpay, ...RAZORPAY_KEYS },
    settings: {
      billing: {
        supplierName: 'Pramaan Test Private Limited',
        supplierAddress: '1 Residency Road, Bengaluru 560025',
        supplierGstin: '29AAAAA0000A1Z5',
        sac: '998314',
        razorpayAccountId: null,
      },
      publicUrl: 'http://127.0.0.1:8787',
      embedded: true,
      auditOrigin: 'pramaan.test/audit',
      auditWitness: null,
      auditExports: { folder: null, mail: [], url: null },
      webhookSecrets: { razorpay: [WEBHOOK_SECRET], whatsapp: 'test-whatsapp', whatsappVerifyToken: 'test-verify' },
      ai: { timeoutMs: 5_000, dailyCalls: 1_000 },
      passwordCost: 4,
      recordsYears: 8,
      erasureLedger: join(mkdtempSync(join(tmpdir(), 'pramaan-ledger-')), 'erasures.ndjson'),
    },
  }
}
