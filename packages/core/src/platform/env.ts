import { createPrivateKey } from 'node:crypto'
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

const SigningKey = z.string().transform((value, ctx) => {
  const key = Buffer.from(value, 'base64')
  try {
    if (createPrivateKey({ key, format: 'der', type: 'pkcs8' }).asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below, without the value.
  }
  ctx.addIssue({ code: 'custom', message: 'must be an Ed25519 private key (PKCS#8, DER) in base64' })
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
  DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(16),
  REDIS_URL: z.url({ protocol: /^rediss?$/, message: 'must be a redis:// URL' }),
  SMTP_URL: z.url({ protocol: /^smtps?$/, message: 'must be an smtp:// URL' }),
  MAIL_FROM: z.string().min(3),
  KEYRING: Keyring,
  JWT_KEYS: JwtKeys,
  AUDIT_SIGNING_KEY: SigningKey,
  RAZORPAY_WEBHOOK_SECRETS: list.refine((secrets) => secrets.length > 0 && secrets.every((one) => one.length >= 8), {
    message: 'must be one or two secrets of at least 8 characters (current,previous)',
  }),
  WHATSAPP_APP_ID: z.string().min(1),
  WHATSAPP_APP_SECRET: secret(8),
  WHATSAPP_VERIFY_TOKEN: secret(8),
  WHATSAPP_GRAPH_BASE_URL: httpUrl.default('https://graph.facebook.com'),
  WHATSAPP_GRAPH_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, { message: 'must look like v23.0' })
    .default('v23.0'),
  /** Stage 2 has no model beside it yet, so any other value is refused instead of being ignored. */
  AI_PROVIDER: z.literal('none', { message: 'must be none: no model is supported yet' }).default('none'),
})
export type CommonEnv = z.output<typeof CommonSettings>

/** Every wrong setting at once, in plain words and without a value: a value may be a secret. */
export class EnvError extends Error {
  constructor(problems: string[]) {
    super(`These settings are missing or wrong:\n${problems.map((line) => `  - ${line}`).join('\n')}`)
    this.name = 'EnvError'
  }
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
  if (problems.length || !parsed.data) throw new EnvError([...new Set(problems)])
  return parsed.data
}
