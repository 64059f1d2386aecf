import { z } from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)

const Settings = z.object({
  NODE_ENV: z
    .string()
    .refine((value) => value !== 'production', 'The doubles never run in production.')
    .optional(),
  RAZORPAY_PORT: Port.default(0),
  WHATSAPP_PORT: Port.default(0),
  AI_PORT: Port.default(0),
  SMTP_PORT: Port.default(0),
  REDIS_PORT: Port.optional(),
  MAIL_DIR: z.string().min(1),
  WHATSAPP_APP_ID: z.string().min(1),
  WHATSAPP_APP_SECRET: z.string().min(1),
  WHATSAPP_VERIFY_TOKEN: z.string().min(1),
  WHATSAPP_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  WHATSAPP_STATE_FILE: z.string().min(1).optional(),
  WHATSAPP_AUTO: z.enum(['on', 'off']).default('off'),
  RAZORPAY_KEY_ID: z.string().min(1).optional(),
  RAZORPAY_KEY_SECRET: z.string().min(1).optional(),
  RAZORPAY_WEBHOOK_SECRET: z.string().default(''),
  RAZORPAY_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  RAZORPAY_STATE_FILE: z.string().min(1).optional(),
  RAZORPAY_AUTO: z.enum(['on', 'off']).default('off'),
})

type Settings = z.infer<typeof Settings>

/**
 * Reads the settings of the process. Port 0 or none means a free one; the Redis stand-in runs only with `REDIS_PORT`.
 * @throws Error that lists every setting that is missing or wrong, and always with NODE_ENV=production
 */
export function readEnv(env: Record<string, string | undefined> = process.env): Settings {
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = Settings.safeParse(filled)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The emulators cannot start.\n${lines.join('\n')}`)
}
