import { join } from 'node:path'
import { createDb, type Db } from '@pramaan/db'
import type { Tier } from '@pramaan/shared'
import { type AiProvider, createAiClient, createAnswerCache } from './clients/ai/index.ts'
import { createMailClient } from './clients/mail/index.ts'
import { createRazorpayClient } from './clients/razorpay/index.ts'
import { createWebhookClient } from './clients/webhook/index.ts'
import { createWhatsappClient } from './clients/whatsapp/index.ts'
import { createAccessTokens, createSessionStore } from './identity/index.ts'
import type { AccessTokens } from './platform/access-tokens.ts'
import type { Actor, Clients, Ctx, Idempotency, Inspection, Settings } from './platform/context.ts'
import { type KeyMaterial, type Keys, loadKeys } from './platform/crypto.ts'
import { type CommonEnv, EnvError } from './platform/env.ts'
import { newId } from './platform/ids.ts'
import { describeError, type Log } from './platform/log.ts'
import { createRateLimiter, type RateLimiter } from './platform/rate-limit.ts'
import { createRedis, type Redis } from './platform/redis.ts'
import { createWakeUp } from './platform/relay.ts'
import type { SessionStore } from './platform/sessions.ts'

/** What one process needs to know to do its work; made from the environment by the app. */
export interface Config {
  databaseUrl: string
  /** Where reports go; null: there is no replica. */
  databaseReplicaUrl: string | null
  /** Connections at most. */
  databaseConnections: number
  redisUrl: string
  smtpUrl: string
  mailFrom: string
  keys: KeyMaterial
  /** A JWK set with private ES256 keys, in JSON; the first signs. */
  jwtKeys: string
  whatsapp: { baseUrl: string; version: string; appId: string; appSecret: string }
  /** Null: no model is asked. */
  ai: { provider: AiProvider; baseUrl: string; model: string; apiKey: string } | null
  razorpay: { baseUrl: string; keyId: string; keySecret: string }
  settings: Settings
}

/** The parts of one process, wired. */
export interface Deps {
  readonly db: Db
  readonly redis: Redis
  readonly keys: Keys
  readonly sessions: SessionStore
  readonly tokens: AccessTokens
  readonly limiter: RateLimiter
  readonly clients: Clients
  readonly settings: Settings
  readonly log: Log
  now(): Date
  /** What a use case gets, for one caller. */
  context(caller: Caller): Ctx
  close(): Promise<void>
}

export interface Caller {
  actor: Actor
  advisorId: string | null
  tier?: Tier | null
  inspection?: Inspection | null
  requestId: string
  ip: string | null
  idempotency?: Idempotency | undefined
  upload?: AsyncIterable<string> | undefined
}

const AI_VENDORS: Record<AiProvider, string> = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com/v1',
}

const modelOf = ({ AI_PROVIDER: provider, AI_BASE_URL, AI_MODEL = '', AI_API_KEY = '' }: CommonEnv): Config['ai'] =>
  provider === 'none'
    ? null
    : { provider, baseUrl: AI_BASE_URL ?? AI_VENDORS[provider], model: AI_MODEL, apiKey: AI_API_KEY }

/** The keys among the settings. */
export const keyMaterialOf = (env: Pick<CommonEnv, 'KEYRING' | 'AUDIT_SIGNING_KEY'>): KeyMaterial => ({
  keyring: env.KEYRING,
  signingKey: env.AUDIT_SIGNING_KEY.current,
  olderSigningKeys: env.AUDIT_SIGNING_KEY.older,
})

/** The part of the environment that the product itself depends on. */
export const configOf = (env: CommonEnv): Config => ({
  databaseUrl: env.DATABASE_URL,
  databaseReplicaUrl: env.DATABASE_REPLICA_URL ?? null,
  databaseConnections: env.DATABASE_CONNECTIONS,
  redisUrl: env.REDIS_URL,
  smtpUrl: env.SMTP_URL,
  mailFrom: env.MAIL_FROM,
  keys: keyMaterialOf(env),
  jwtKeys: env.JWT_KEYS,
  whatsapp: {
    baseUrl: env.WHATSAPP_GRAPH_BASE_URL,
    version: env.WHATSAPP_GRAPH_VERSION,
    appId: env.WHATSAPP_APP_ID,
    appSecret: env.WHATSAPP_APP_SECRET,
  },
  ai: modelOf(env),
  razorpay: {
    baseUrl: env.RAZORPAY_BASE_URL,
    keyId: env.RAZORPAY_KEY_ID,
    keySecret: env.RAZORPAY_KEY_SECRET,
  },
  settings: {
    billing: {
      supplierName: env.SUPPLIER_NAME,
      supplierAddress: env.SUPPLIER_ADDRESS,
      supplierGstin: env.SUPPLIER_GSTIN,
      sac: env.SAC_CODE,
      razorpayAccountId: env.RAZORPAY_ACCOUNT_ID ?? null,
    },
    publicUrl: env.PUBLIC_URL,
    embedded: env.EMBEDDED,
    auditOrigin: env.AUDIT_ORIGIN,
    auditWitness: witnessOf(env),
    auditExports: {
      folder: env.AUDIT_EXPORT_DIR ?? null,
      mail: env.AUDIT_EXPORT_MAIL ?? [],
      url: env.AUDIT_EXPORT_URL ?? null,
    },
    recordsYears: env.RECORDS_YEARS,
    erasureLedger: env.ERASURE_LEDGER || join(env.DATA_DIR, 'erasures.ndjson'),
    webhookSecrets: {
      razorpay: env.RAZORPAY_WEBHOOK_SECRETS,
      whatsapp: env.WHATSAPP_APP_SECRET,
      whatsappVerifyToken: env.WHATSAPP_VERIFY_TOKEN,
    },
    ai: { timeoutMs: env.AI_TIMEOUT_MS, dailyCalls: env.AI_DAILY_CALLS },
  },
})

function witnessOf({ AUDIT_WITNESS_URL: url, AUDIT_WITNESS_KEY: key }: CommonEnv): Settings['auditWitness'] {
  if (url && key) return { url, key }
  if (url || key) throw new EnvError(['AUDIT_WITNESS_URL and AUDIT_WITNESS_KEY: set both or neither'])
  return null
}

/** Opens what a process needs. `now` is given by tests only. */
export async function createDeps(config: Config, log: Log, now: () => Date = () => new Date()): Promise<Deps> {
  const complain = (part: string) => (error: Error) => log.error({ part, ...describeError(error) }, 'connection failed')
  const db = createDb({
    url: config.databaseUrl,
    replicaUrl: config.databaseReplicaUrl,
    max: config.databaseConnections,
    onError: complain('database'),
  })
  const redis = createRedis(config.redisUrl, complain('redis'))
  const keys = await loadKeys(db, config.keys)
  const sessions = createSessionStore({ redis })
  const tokens = await createAccessTokens({ jwks: config.jwtKeys, issuer: config.settings.publicUrl, now })
  const clients: Clients = {
    mail: createMailClient({ url: config.smtpUrl, from: config.mailFrom }),
    whatsapp: createWhatsappClient(config.whatsapp),
    razorpay: createRazorpayClient({ ...config.razorpay, webhookSecrets: config.settings.webhookSecrets.razorpay }),
    webhook: createWebhookClient({ allowPrivate: config.settings.embedded }),
    ai: config.ai && { model: createAiClient(config.ai), cache: createAnswerCache(redis) },
  }
  const limiter = createRateLimiter(db, now)
  const world = {
    db,
    keys,
    sessions,
    tokens,
    limiter,
    clients,
    settings: config.settings,
    log,
    wakeRelay: createWakeUp(db),
    now,
    newId,
  }
  return {
    ...world,
    redis,
    context: (caller) => ({
      ...world,
      ...caller,
      db: caller.advisorId === null ? db : db.forAdvisor(caller.advisorId),
    }),
    async close() {
      clients.mail.close()
      redis.disconnect()
      await db.close()
    },
  }
}

/** What a person in a terminal needs: the database and the keys. Everything else refuses to be used. */
export interface OperatorConfig {
  databaseUrl: string
  keys: KeyMaterial
  auditOrigin: string
  erasureLedger: string
}

/** The few parts with which an operator works on a database, while or before everything else runs. */
export async function openOperator(
  config: OperatorConfig,
  log: Log,
): Promise<{ context(): Ctx; close(): Promise<void> }> {
  const db = createDb({ url: config.databaseUrl, max: 4 })
  const absent = <Part extends object>(name: string) =>
    new Proxy({} as Part, {
      get: () => {
        throw new Error(`an operator has no ${name}`)
      },
    })
  const keys = await loadKeys(db, config.keys).catch(async (error) => {
    await db.close()
    throw error
  })
  return {
    context: () => ({
      actor: { kind: 'system', name: 'operator' },
      advisorId: null,
      requestId: newId(),
      ip: null,
      db,
      keys,
      // Sessions of somebody whose credentials are outdated are worthless wherever they are kept.
      sessions: { endAll: async () => undefined } as unknown as SessionStore,
      tokens: absent('access tokens'),
      limiter: absent('rate limiter'),
      clients: absent('vendors'),
      settings: { erasureLedger: config.erasureLedger, auditOrigin: config.auditOrigin } as Settings,
      log,
      wakeRelay: () => undefined,
      now: () => new Date(),
      newId,
    }),
    close: () => db.close(),
  }
}
