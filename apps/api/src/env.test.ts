import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { EnvError } from '@pramaan/core/platform/env'
import { expect, test } from 'vitest'
import { readEnv } from './env.ts'

const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const GOOD = {
  DATABASE_URL: 'postgres://app:secret-of-database@127.0.0.1/pramaan',
  REDIS_URL: 'redis://127.0.0.1:6379',
  SMTP_URL: 'smtp://127.0.0.1:2525',
  MAIL_FROM: 'Pramaan <no-reply@pramaan.test>',
  KEYRING: `k1:${randomBytes(32).toString('base64')}`,
  JWT_KEYS: JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }),
  AUDIT_SIGNING_KEY: signingKey.toString('base64'),
  AUDIT_ORIGIN: 'pramaan.test/audit',
  RAZORPAY_WEBHOOK_SECRETS: 'current-secret,previous-secret',
  RAZORPAY_KEY_ID: 'rzp_test_of_the_tests',
  RAZORPAY_KEY_SECRET: 'secret-of-razorpay',
  WHATSAPP_APP_ID: 'app-id',
  WHATSAPP_APP_SECRET: 'secret-of-whatsapp',
  WHATSAPP_VERIFY_TOKEN: 'secret-of-handshake',
}

const problemsOf = (source: Record<string, string | undefined>): string => {
  try {
    readEnv(source)
  } catch (error) {
    if (error instanceof EnvError) return error.message
    throw error
  }
  return ''
}

test('good settings are read once, with the defaults of the contract', () => {
  const env = readEnv(GOOD)
  expect(env).toMatchObject({
    PORT: 8787,
    HOST: '127.0.0.1',
    COMPRESSION: true,
    EMBEDDED: false,
    AI_PROVIDER: 'none',
  })
  expect(env.KEYRING.map(({ id, secret }) => [id, secret.length])).toEqual([['k1', 32]])
  expect(env.RAZORPAY_WEBHOOK_SECRETS).toEqual(['current-secret', 'previous-secret'])
})

test('every wrong setting is listed at once', () => {
  const message = problemsOf({
    ...GOOD,
    DATABASE_URL: undefined,
    PORT: '99999',
    KEYRING: 'k1:short',
    CORS_ORIGINS: 'https://a.example/x',
    TRUSTED_PROXIES: 'nowhere',
  })
  expect(message.match(/^ {2}- \w+/gm)).toEqual(
    expect.arrayContaining(['  - DATABASE_URL', '  - PORT', '  - KEYRING', '  - CORS_ORIGINS', '  - TRUSTED_PROXIES']),
  )
  expect(message).toContain('DATABASE_URL: is not set')
})

test('no value is repeated in the message, since it may be a secret', () => {
  const wrong = {
    AUDIT_SIGNING_KEY: 'hunter2-signing',
    JWT_KEYS: 'hunter2-jwt',
    KEYRING: 'hunter2-ring',
    WHATSAPP_APP_SECRET: 'hunter2',
    METRICS_TOKEN: 'hunter2',
  }
  const message = problemsOf({ ...GOOD, ...wrong })
  for (const name of Object.keys(wrong)) expect(message).toContain(name)
  expect(message).not.toContain('hunter2')
})

test('production guesses nothing', () => {
  const message = problemsOf({ ...GOOD, NODE_ENV: 'production', EMBEDDED: '1', SEED_DEMO: '1' })
  for (const name of ['PUBLIC_URL', 'METRICS_TOKEN', 'EMBEDDED', 'SEED_DEMO']) expect(message).toContain(name)
})

test('a model needs a name and a key, and is reached encrypted or on this machine', () => {
  const model = { ...GOOD, AI_PROVIDER: 'openai', AI_MODEL: 'some-model', AI_API_KEY: 'secret-of-the-model' }
  expect(readEnv(model)).toMatchObject({ AI_TIMEOUT_MS: 8000, AI_DAILY_CALLS: 200 })
  const lacking = problemsOf({ ...GOOD, AI_PROVIDER: 'openai' })
  expect(lacking).toContain('AI_MODEL: is not set, and AI_PROVIDER needs it')
  expect(lacking).toContain('AI_API_KEY: is not set, and AI_PROVIDER needs it')
  expect(problemsOf({ ...model, AI_BASE_URL: 'http://models.example/v1' })).toContain('AI_BASE_URL: must be https')
  expect(problemsOf({ ...model, AI_BASE_URL: 'http://127.0.0.1:4021/v1' })).toBe('')
  expect(problemsOf({ ...GOOD, AI_PROVIDER: 'oracle' })).toContain('AI_PROVIDER')
})
