import { generateKeyPairSync } from 'node:crypto'
import { capturedFile, type freshKeys, type World } from '@pramaan/core/testing'
import { inject } from 'vitest'
import { type NodeProgram, startNodeProgram } from '../embedded/node-program.ts'
import { COMPILE_CACHE } from './installation.ts'

/** A worker as a process of its own, on the database and with the keys of a test's world. */
export function startWorker(world: World, keys: ReturnType<typeof freshKeys>): NodeProgram {
  const { smtp, whatsapp } = inject('emulators')
  const jwtKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  return startNodeProgram('apps/worker/src/main.ts', {
    output: capturedFile('crashing-worker'),
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      LOG_LEVEL: 'debug',
      DATABASE_URL: world.url,
      DATABASE_CONNECTIONS: '8',
      REDIS_URL: inject('redis')[0]?.url,
      SMTP_URL: smtp,
      MAIL_FROM: 'Pramaan <no-reply@pramaan.test>',
      KEYRING: keys.keyring.map(({ id, secret }) => `${id}:${secret.toString('base64')}`).join(','),
      AUDIT_SIGNING_KEY: keys.signingKey.toString('base64'),
      JWT_KEYS: JSON.stringify({ keys: [{ ...jwtKey, kid: 'test' }] }),
      RAZORPAY_WEBHOOK_SECRETS: 'test-razorpay',
      RAZORPAY_KEY_ID: 'rzp_test_worker',
      RAZORPAY_KEY_SECRET: 'test-razorpay',
      WHATSAPP_APP_ID: 'test-app-id',
      WHATSAPP_APP_SECRET: 'test-whatsapp',
      WHATSAPP_VERIFY_TOKEN: 'test-verify',
      WHATSAPP_GRAPH_BASE_URL: whatsapp,
    },
  })
}
