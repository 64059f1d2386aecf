import { createAiApp } from './ai/app.ts'
import { readEnv } from './env.ts'
import { type Running, serveHttp } from './listen.ts'
import { startMailCatcher } from './mail/mail-catcher.ts'
import { startRazorpay } from './razorpay/server.ts'
import type { Account } from './razorpay/state.ts'
import { startRedisStandin } from './redis/server.ts'
import { startWhatsapp } from './whatsapp/server.ts'

/** The doubles of the outside world in one process. Prints one line of JSON with their addresses when all listen. */
async function main(): Promise<void> {
  const env = readEnv()
  const auto = env.WHATSAPP_AUTO === 'on'
  const seed = (on: boolean) => (on ? `${Date.now()}` : 'emulators')
  const started: Record<string, Running> = {
    razorpay: await startRazorpay({
      port: env.RAZORPAY_PORT,
      accounts: razorpayAccounts(env),
      auto: env.RAZORPAY_AUTO === 'on',
      ...(env.RAZORPAY_STATE_FILE !== undefined && { stateFile: env.RAZORPAY_STATE_FILE }),
      real: Date.now,
      seed: seed(env.RAZORPAY_AUTO === 'on'),
    }),
    whatsapp: await startWhatsapp({
      port: env.WHATSAPP_PORT,
      appId: env.WHATSAPP_APP_ID,
      appSecret: env.WHATSAPP_APP_SECRET,
      verifyToken: env.WHATSAPP_VERIFY_TOKEN,
      webhookUrl: env.WHATSAPP_WEBHOOK_URL ?? null,
      auto,
      ...(env.WHATSAPP_STATE_FILE !== undefined && { stateFile: env.WHATSAPP_STATE_FILE }),
      real: Date.now,
      // What is remembered elsewhere from an earlier start must not meet the same ids again.
      seed: seed(auto),
    }),
    ai: await serveHttp(createAiApp(), env.AI_PORT),
    smtp: await startMailCatcher({ port: env.SMTP_PORT, folder: env.MAIL_DIR, now: () => new Date() }),
  }
  if (env.REDIS_PORT !== undefined) started.redis = await startRedisStandin({ port: env.REDIS_PORT, now: Date.now })

  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    void Promise.all(Object.values(started).map((running) => running.stop())).then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // The parent holds the other end of the channel: when it dies, however it dies, so do we.
  process.on('disconnect', stop)
  if (process.connected === false) stop()
  const urls = Object.fromEntries(Object.entries(started).map(([name, running]) => [name, running.url]))
  process.stdout.write(`${JSON.stringify({ ...urls, redis: urls.redis ?? null })}\n`)
}

/** The one account of a development machine; tests make theirs through `/__ctl/accounts`. */
function razorpayAccounts(env: ReturnType<typeof readEnv>): Account[] {
  const { RAZORPAY_KEY_ID: keyId, RAZORPAY_KEY_SECRET: keySecret, RAZORPAY_WEBHOOK_URL: url } = env
  if (keyId === undefined || keySecret === undefined) return []
  const webhook = { url: url ?? '', secret: env.RAZORPAY_WEBHOOK_SECRET, enabled: url !== undefined }
  return [{ id: 'acc_Development001', keyId, keySecret, webhook }]
}

await main()
