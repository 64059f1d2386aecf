import { BlockList, isIP } from 'node:net'
import { CommonSettings, flag, list, readSettings, SELLING_NEEDS, secret } from '@pramaan/core/platform/env'
import { Email } from '@pramaan/shared'
import { z } from 'zod'

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

/** Every setting of the API process. */
export const Settings = CommonSettings.extend({
  SEED_DEMO: flag.default(false),
  FIRST_ADMIN_EMAIL: Email.optional(),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8787),
  HOST: z.string().default('127.0.0.1'),
  CORS_ORIGINS: Origins.prefault(''),
  TRUSTED_PROXIES: Proxies.prefault(''),
  COMPRESSION: flag.default(true),
  METRICS_TOKEN: secret(16).optional(),
})
export type Env = z.output<typeof Settings>

/** Reads the settings of the API from an environment. @throws EnvError */
export const readEnv = (source: Record<string, string | undefined>): Env =>
  readSettings(Settings, source, ['PUBLIC_URL', 'METRICS_TOKEN', 'AUDIT_ORIGIN', ...SELLING_NEEDS])

/** The one place that reads `process.env`. @throws EnvError */
export const processEnv = (): Env => readEnv(process.env)
