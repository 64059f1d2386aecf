import { createHash } from 'node:crypto'

/** Identifiers in the forms that Meta gives them. The same seed gives the same ones in the same order. */
export interface Ids {
  /** A message id: opaque, base64 behind `wamid.`. */
  message(person: string): string
  /** Sixteen digits that still fit a double-precision number, because webhooks send them as one. */
  template(): string
  token(): string
  trace(): string
  delivery(): string
}

export function createIds(seed: string): Ids {
  let count = 0
  const next = (kind: string) => createHash('sha256').update(`${seed}|${kind}|${++count}`).digest()
  return {
    message: (person) =>
      `wamid.HBgM${Buffer.concat([Buffer.from(person), next('message').subarray(0, 15)]).toString('base64')}`,
    template: () => String(1_000_000_000_000_000 + (next('template').readUIntBE(0, 6) % 8_000_000_000_000_000)),
    token: () => `EAA${next('token').toString('hex')}`,
    trace: () => `A${next('trace').toString('base64url').slice(0, 22)}`,
    delivery: () => `dlv_${next('delivery').toString('hex').slice(0, 16)}`,
  }
}

/** The user's id within one business portfolio: country code, a point, up to 128 letters and digits. */
export function bsuid(businessId: string, phone: string): string {
  const digest = createHash('sha256').update(`${businessId}|${phone}`).digest()
  return `IN.${digest.readBigUInt64BE(0).toString().padStart(20, '4')}`
}
