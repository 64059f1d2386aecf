import { createPrivateKey } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

const secret = (minLength: number) =>
  z.string().min(minLength, { message: `must have at least ${minLength} characters` })
const flag = z
  .enum(['on', 'off', '1', '0', 'true', 'false'])
  .transform((value) => ['on', '1', 'true'].includes(value))
const httpUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/$/, ''))
const list = z.string().transform((value) =>
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

const Origins = list.transform((origins, ctx) => {
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      ctx.addIssue({
        code: 'custom',
        message: 'must be origins such as https://app.example.com, separated by commas',
      })
    }
  }
  return origins
})

const Proxies = list.transform((ranges, ctx) => {
  const trusted = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    try {
      if (bits === undefined) trusted.addAddress(address, family)
      else trusted.addSubnet(address, Number(bits), family)
    } catch {
      ctx.addIssue({
        code: 'custom',
        message: 'must be addresses or ranges such as 10.0.0.0/8, separated by commas',
      })
    }
  }
  return trusted
})

/** Every setting of the API process. Names are those of `contract.md` section 2. */
const Settings = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** Set by `npm start`: everything around this process is embedded or emulated. */
  EMBEDDED: flag.default(false),
  SEED_DEMO: flag.default(false),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8787),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  CORS_ORIGINS: Origins.prefault(''),
  TRUSTED_PROXIES: Proxies.prefault(''),
  COMPRESSION: flag.default(true),
  DATA_DIR: z.string().default('.data'),
  MIGRATIONS_DIR: z.string().default('packages/db/migrations'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' }),
  DATABASE_MIGRATE_URL: z
    .url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' })
    .optional(),
  DATABASE_REPLICA_URL: z
    .url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// URL' })
    .optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, message: 'must be a redis:// URL' }),
  SMTP_URL: z.url({ protocol: /^smtps?$/, message: 'must be an smtp:// URL' }),
  MAIL_FROM: z.string().min(3),
  KEYRING: Keyring,
  JWT_KEYS: JwtKeys,
  AUDIT_SIGNING_KEY: SigningKey,
  RAZORPAY_KEY_ID: z.string().min(1),
  RAZORPAY_KEY_SECRET: secret(8),
  RAZORPAY_WEBHOOK_SECRETS: list.refine(
    (secrets) => secrets.length > 0 && secrets.every((one) => one.length >= 8),
    {
      message: 'must be one or two secrets of at least 8 characters (current,previous)',
    },
  ),
  RAZORPAY_BASE_URL: httpUrl.default('https://api.razorpay.com'),
  WHATSAPP_APP_SECRET: secret(8),
  WHATSAPP_VERIFY_TOKEN: secret(8),
  WHATSAPP_GRAPH_BASE_URL: httpUrl.default('https://graph.facebook.com'),
  WHATSAPP_GRAPH_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, { message: 'must look like v23.0' })
    .default('v23.0'),
  AI_PROVIDER: z.enum(['none', 'anthropic', 'openai']).default('none'),
  AI_BASE_URL: httpUrl.optional(),
  AI_MODEL: z.string().optional(),
  AI_API_KEY: z.string().optional(),
  METRICS_TOKEN: secret(16).optional(),
})
export type Env = z.output<typeof Settings>

const PRODUCTION_NEEDS = ['PUBLIC_URL', 'METRICS_TOKEN'] as const

/** Every wrong setting at once, in plain words and without a value: a value may be a secret. */
export class EnvError extends Error {
  constructor(problems: string[]) {
    super(`These settings are missing or wrong:\n${problems.map((line) => `  - ${line}`).join('\n')}`)
    this.name = 'EnvError'
  }
}

/**
 * Reads the settings of the API from an environment. An empty value counts as unset.
 *
 * @throws EnvError
 */
export function readEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value !== ''),
  )
  const problems: string[] = []
  const parsed = Settings.safeParse(given)
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0])
    problems.push(name in given ? `${name}: ${message}` : `${name}: is not set`)
  }
  if (given.NODE_ENV === 'production') {
    for (const name of PRODUCTION_NEEDS)
      if (!(name in given)) problems.push(`${name}: is not set, and production needs it`)
    if (parsed.data?.EMBEDDED) problems.push('EMBEDDED: is for development only; unset it in production')
    if (parsed.data?.SEED_DEMO) problems.push('SEED_DEMO: is for development only; unset it in production')
  }
  if (given.AI_PROVIDER && given.AI_PROVIDER !== 'none') {
    for (const name of ['AI_BASE_URL', 'AI_MODEL', 'AI_API_KEY']) {
      if (!(name in given))
        problems.push(`${name}: is not set, and AI_PROVIDER=${given.AI_PROVIDER} needs it`)
    }
  }
  if (problems.length || !parsed.data) throw new EnvError([...new Set(problems)])
  return parsed.data
}

/** The one place that reads `process.env`. @throws EnvError */
export const processEnv = (): Env => readEnv(process.env)
