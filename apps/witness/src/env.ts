import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readVerifierKey, type VerifierKey } from '@pramaan/verifier'

export interface Env {
  name: string
  key: KeyObject
  logKeys: VerifierKey[]
  stateFile: string
  host: string
  port: number
}

/** The settings of a witness; the one place that reads `process.env`. @throws Error that names what is wrong */
export function processEnv(): Env {
  const read = <Value>(setting: string, parse: (text: string) => Value): Value => {
    const text = process.env[setting]
    try {
      if (text) return parse(text)
    } catch {
      throw new Error(`${setting}: cannot be read`)
    }
    throw new Error(`${setting}: is not set`)
  }
  return {
    name: read('WITNESS_NAME', (text) => text),
    key: read('WITNESS_SIGNING_KEY', (text) =>
      createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' }),
    ),
    logKeys: read('WITNESS_LOG_KEYS', (text) => text.split(',').map(readVerifierKey)),
    stateFile: read('WITNESS_STATE_FILE', (text) => text),
    host: process.env.HOST || '127.0.0.1',
    port: Number(process.env.PORT || 8790),
  }
}
