import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Passwords of the embedded PostgreSQL; everything else is a setting of the apps, under its own name. */
export interface Secrets {
  postgres: { superuser: string; owner: string; app: string }
  settings: Record<string, string>
}

/**
 * The secrets of an embedded installation: made once, then kept in `secrets.json` (0600) of its folder.
 *
 * @throws Error when the data is there and its secrets are not: made anew they could not open it
 */
export function readSecrets(folder: string): Secrets {
  const file = join(folder, 'secrets.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  if (existsSync(join(folder, 'postgres'))) {
    throw new Error(
      `${file} is gone, and the data beside it is encrypted with the keys in it. Put the file back, or move ` +
        `${folder} away to start with empty data.`,
    )
  }
  const secrets = makeSecrets()
  writeDurably(file, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}

const password = () => randomBytes(24).toString('base64url')

function makeSecrets(): Secrets {
  const signing = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
  const jwt = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const kid = `embedded-${randomBytes(4).toString('hex')}`
  return {
    postgres: { superuser: password(), owner: password(), app: password() },
    settings: {
      KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      JWT_KEYS: JSON.stringify({ keys: [{ ...jwt, kid, alg: 'ES256', use: 'sig' }] }),
      AUDIT_SIGNING_KEY: signing.toString('base64'),
      RAZORPAY_KEY_ID: `rzp_test_${randomBytes(7).toString('hex')}`,
      RAZORPAY_KEY_SECRET: password(),
      RAZORPAY_WEBHOOK_SECRETS: password(),
      WHATSAPP_APP_ID: String(randomBytes(6).readUIntBE(0, 6)),
      WHATSAPP_APP_SECRET: randomBytes(16).toString('hex'),
      WHATSAPP_VERIFY_TOKEN: password(),
      METRICS_TOKEN: password(),
    },
  }
}

/** Whole or not at all, also when the machine stops: data is encrypted with these keys from the first minute on. */
function writeDurably(file: string, text: string): void {
  const unfinished = `${file}.unfinished`
  const output = openSync(unfinished, 'w', 0o600)
  writeSync(output, text)
  fsyncSync(output)
  closeSync(output)
  renameSync(unfinished, file)
}
