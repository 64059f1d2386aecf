import { createPrivateKey, createPublicKey } from 'node:crypto'
import { GSTIN } from '@pramaan/shared'
import { readVerifierKey } from '@pramaan/verifier'
import { z } from 'zod'

/** A secret of at least so many characters. */
export const secret = (minLength: number) =>
  z.string().min(minLength, { message: `must have at least ${minLength} characters` })
/** A switch: on, off, 1, 0, true or false. */
export const flag = z
  .enum(['on', 'off', '1', '0', 'true', 'false'])
  .transform((value) => ['on', '1', 'true'].includes(value))
/** An http(s) URL, without its trailing slash. */
export const httpUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/$/, ''))
/** A list separated by commas. */
export const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

const Keyring = list.transform((pairs, ctx) =>
  pairs.map((pair) => {
    const [id = '', encoded = ''] = pair.split(':')
    const bytes = Buffer.from(encoded, 'base64')
    if (!/^[\w-]{1,32}$/.test(id) || bytes.length !== 32) {
      ctx.addIssue({
        code: 'custom',
        message: 'must be pairs of id:base64, each of 32 bytes, separated by commas',
      })
    }
    return { id, secret: bytes }
  }),
)

/** The DER bytes of an Ed25519 key: private, or public when it may be a key that only verifies. */
function isEd25519(key: Buffer, kind: 'private' | 'public'): boolean {
  try {
    const read =
      kind === 'private'
        ? createPrivateKey({ key, format: 'der', type: 'pkcs8' })
        : createPublicKey({ key, format: 'der', type: 'spki' })
    return read.asymmetricKeyType === 'ed25519'
  } catch {
    return false
  }
}

const SigningKeys = list.transform((values, ctx) => {
  const [current = Buffer.alloc(0), ...older] = values.map((value) => Buffer.from(value, 'base64'))
  const wellFormed =
    isEd25519(current, 'private') && older.every((key) => isEd25519(key, 'private') || isEd25519(key, 'public'))
  if (wellFormed) return { current, older }
  ctx.addIssue({
    code: 'custom',
    message: 'must be an Ed25519 private key (PKCS#8, DER) in base64; keys before it may follow, after commas',
  })
  return z.NEVER
})

const WitnessKey = z.string().transform((value, ctx) => {
  try {
    const key = readVerifierKey(value)
    if (key.kind === 'witness') return key
  } catch {
    // Said below.
  }
  ctx.addIssue({ code: 'custom', message: 'must be the verifier key of a witness: name+hash+key' })
  return z.NEVER
})

const JwtKeys = z.string().transform((value, ctx) => {
  try {
    const { keys } = JSON.parse(value) as { keys?: unknown }
    if (Array.isArray(keys) && keys.length > 0) return value
  } catch {
    // Said below, without the value.
  }
  ctx.addIssue({ code: 'custom', message: 'must be a JWK set in JSON with at least one private ES256 key' })
  return z.NEVER
})

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' })

/** The settings that every process of ours needs. Names are those of `contract.md` section 2. */
export const CommonSettings = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** Set by `npm start`: everything around this process is embedded or emulated. */
  EMBEDDED: flag.default(false),
  PUBLIC_URL: httpUrl.default('http://127.0.0.1:8787'),
  DATA_DIR: z.string().default('.data'),
  MIGRATIONS_DIR: z.string().default('packages/db/migrations'),
  /** Where erasures are listed outside of the database; empty: `erasures.ndjson` in `DATA_DIR`. */
  ERASURE_LEDGER: z.string().default(''),
  /** SEBI asks for five years of records; invoices are kept for eight. */
  RECORDS_YEARS: z.coerce.number().int().min(5).max(50).default(8),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: postgresUrl,
  /** As the owner of the schema; a process that has it brings the schema up to date before it starts. */
  DATABASE_MIGRATE_URL: postgresUrl.optional(),
  /** A streaming replica, as `pramaan_reader`: reports go there and nowhere else. */
  DATABASE_REPLICA_URL: postgresUrl.optional(),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(4).max(200).default(16),
  REDIS_URL: z.url({ protocol: /^rediss?$/, message: 'must be a redis:// URL' }),
  SMTP_URL: z.url({ protocol: /^smtps?$/, message: 'must be an smtp:// URL' }),
  MAIL_FROM: z.string().min(3),
  KEYRING: Keyring,
  JWT_KEYS: JwtKeys,
  AUDIT_SIGNING_KEY: SigningKeys,
  /** The name of the audit log: it stands in every checkpoint and never changes, whatever becomes of the URL. */
  AUDIT_ORIGIN: z
    .string()
    .regex(/^[a-z0-9][\w./-]{2,100}$/, { message: 'must be a name such as pramaan.example.com/audit' })
    .default('pramaan.localhost/audit'),
  /** Where the witness of the audit log answers, and the verifier key that it signs with: both or neither. */
  AUDIT_WITNESS_URL: httpUrl.optional(),
  AUDIT_WITNESS_KEY: WitnessKey.optional(),
  /** Where checkpoints go every hour, outside of this system: a folder, addresses of mails, an address that takes a POST. */
  AUDIT_EXPORT_DIR: z.string().min(1).optional(),
  AUDIT_EXPORT_MAIL: list.pipe(z.array(z.email())).optional(),
  AUDIT_EXPORT_URL: httpUrl.optional(),
  RAZORPAY_WEBHOOK_SECRETS: list.refine((secrets) => secrets.length > 0 && secrets.every((one) => one.length >= 8), {
    message: 'must be one or two secrets of at least 8 characters (current,previous)',
  }),
  RAZORPAY_KEY_ID: z.string().min(8),
  RAZORPAY_KEY_SECRET: secret(8),
  RAZORPAY_BASE_URL: httpUrl.default('https://api.razorpay.com'),
  /** Events of other accounts are parked; without it they are not told apart. */
  RAZORPAY_ACCOUNT_ID: z
    .string()
    .regex(/^acc_\w+$/, { message: 'must look like acc_RnT4kVb2sYq8Lm' })
    .optional(),
  SUPPLIER_NAME: z.string().min(1).default('Pramaan (development)'),
  SUPPLIER_ADDRESS: z.string().min(1).default('1 Example Road, Bengaluru 560001'),
  SUPPLIER_GSTIN: z.string().regex(GSTIN, { message: 'must be a GSTIN of 15 characters' }).default('29AAAAA0000A1Z5'),
  SAC_CODE: z
    .string()
    .regex(/^\d{6}$/, { message: 'must have six digits' })
    .default('998314'),
  WHATSAPP_APP_ID: z.string().min(1),
  WHATSAPP_APP_SECRET: secret(8),
  WHATSAPP_VERIFY_TOKEN: secret(8),
  WHATSAPP_GRAPH_BASE_URL: httpUrl.default('https://graph.facebook.com'),
  WHATSAPP_GRAPH_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, { message: 'must look like v23.0' })
    .default('v23.0'),
  AI_PROVIDER: z.enum(['none', 'anthropic', 'openai']).default('none'),
  AI_BASE_URL: httpUrl.optional(),
  AI_MODEL: z.string().min(1).max(100).optional(),
  AI_API_KEY: secret(8).optional(),
  /** How long a verdict waits for the model at most, in milliseconds. */
  AI_TIMEOUT_MS: z.coerce.number().int().min(100).max(30_000).default(8_000),
  /** Calls of the model per advisor and day (IST) at most. */
  AI_DAILY_CALLS: z.coerce.number().int().min(0).max(100_000).default(200),
})
export type CommonEnv = z.output<typeof CommonSettings>

/** What production must say itself about selling: nothing may be invoiced in the name of an example. */
export const SELLING_NEEDS = ['RAZORPAY_ACCOUNT_ID', 'SUPPLIER_NAME', 'SUPPLIER_ADDRESS', 'SUPPLIER_GSTIN'] as const

/** Every wrong setting at once, in plain words and without a value: a value may be a secret. */
export class EnvError extends Error {
  constructor(problems: string[]) {
    super(`These settings are missing or wrong:\n${problems.map((line) => `  - ${line}`).join('\n')}`)
    this.name = 'EnvError'
  }
}

/** A model needs its name and a key, and texts of clients leave this machine only encrypted. */
function modelProblems({ AI_PROVIDER, AI_BASE_URL, AI_MODEL, AI_API_KEY }: CommonEnv): string[] {
  if (AI_PROVIDER === 'none') return []
  const problems = Object.entries({ AI_MODEL, AI_API_KEY })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name}: is not set, and AI_PROVIDER needs it`)
  const { protocol, hostname } = new URL(AI_BASE_URL ?? 'https://vendor.invalid')
  if (protocol !== 'https:' && hostname !== '127.0.0.1') problems.push('AI_BASE_URL: must be https, but on 127.0.0.1')
  return problems
}

/**
 * Reads settings from an environment. An empty value counts as unset. Production guesses nothing: what
 * `productionNeeds` names must be given there, and what is for development only is refused.
 *
 * @throws EnvError
 */
export function readSettings<Schema extends z.ZodType<CommonEnv>>(
  schema: Schema,
  source: Record<string, string | undefined>,
  productionNeeds: readonly string[],
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const problems: string[] = []
  const parsed = schema.safeParse(given)
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0])
    problems.push(name in given ? `${name}: ${message}` : `${name}: is not set`)
  }
  if (given.NODE_ENV === 'production') {
    for (const name of productionNeeds) {
      if (!(name in given)) problems.push(`${name}: is not set, and production needs it`)
    }
    for (const name of ['EMBEDDED', 'SEED_DEMO']) {
      if (name in given) problems.push(`${name}: is for development only; unset it in production`)
    }
  }
  if (parsed.data) problems.push(...modelProblems(parsed.data))
  if (problems.length || !parsed.data) throw new EnvError([...new Set(problems)])
  return parsed.data
}
