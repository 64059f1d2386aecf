import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Signature types of C2SP signed-note. */
const ED25519 = 0x01
const COSIGNATURE_V1 = 0x04
/** DER of an Ed25519 public key without its 32 bytes (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const SEPARATOR = /^\u2014 (\S+) (\S+)$/
const MAX_SIGNATURES = 100

/** A key that signatures are verified with: of a log, or of a witness. */
export interface VerifierKey {
  readonly name: string
  /** Eight hex digits; tells which key a signature claims to be of. */
  readonly hash: string
  readonly kind: 'log' | 'witness'
  readonly key: KeyObject
}

/** A note of which at least one signature was verified. */
export interface OpenedNote {
  readonly text: string
  readonly verified: readonly { readonly name: string; readonly hash: string; readonly kind: 'log' | 'witness' }[]
  /** Signatures of keys that are not known here. */
  readonly unknown: number
}

/** What a log commits itself to (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string
  readonly size: bigint
  readonly root: Buffer
}

/**
 * Reads a key in the form `name+hash+key` (C2SP signed-note).
 *
 * @throws Error when it is malformed, or its hash is not that of the key
 */
export function readVerifierKey(text: string): VerifierKey {
  const [, name = '', hash = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? []
  const bytes = strictBase64(encoded)
  const kind = bytes?.[0] === ED25519 ? 'log' : bytes?.[0] === COSIGNATURE_V1 ? 'witness' : null
  if (!bytes || kind === null || bytes.length !== 33 || keyHash(name, bytes) !== hash) {
    throw new Error('this is not a verifier key of the form name+hash+key')
  }
  const der = Buffer.concat([SPKI_PREFIX, bytes.subarray(1)])
  return { name, hash, kind, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

const keyHash = (name: string, typeAndKey: Buffer): string =>
  createHash('sha256').update(`${name}\n`).update(typeAndKey).digest('hex').slice(0, 8)

/**
 * Opens a signed note: every signature of a known key must hold, and there must be one.
 *
 * @throws Error when the note is malformed, or a signature of a known key does not hold, or none is known
 */
export function openNote(note: string, keys: readonly VerifierKey[]): OpenedNote {
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.isWellFormed()) {
    throw new Error('this is not a signed note')
  }
  const text = note.slice(0, split + 1)
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw new Error('the note has too many signatures')
  const verified = new Map<string, VerifierKey>()
  const unknown = new Set<string>()
  for (const line of lines) {
    const [, name = '', encoded = ''] = SEPARATOR.exec(line) ?? []
    const signed = strictBase64(encoded)
    if (name === '' || name.includes('+') || !signed || signed.length < 5) throw new Error('a signature is malformed')
    const hash = signed.subarray(0, 4).toString('hex')
    const candidates = keys.filter((one) => one.name === name && one.hash === hash)
    if (candidates.length > 1) throw new Error(`two keys are called ${name}+${hash}`)
    const [key] = candidates
    if (!key) unknown.add(`${name}+${hash}`)
    else if (!holds(key, text, signed.subarray(4))) throw new Error(`the signature of ${name} does not hold`)
    else verified.set(`${name}+${hash}`, key)
  }
  if (verified.size === 0) throw new Error('no signature is of a key that is known here')
  return { text, verified: [...verified.values()], unknown: unknown.size }
}

function holds({ kind, key }: VerifierKey, text: string, signature: Buffer): boolean {
  if (kind === 'log') return verify(null, Buffer.from(text), key, signature)
  if (signature.length !== 72) return false
  const time = signature.readBigUInt64BE(0)
  return verify(null, cosignedBytes(text, time), key, signature.subarray(8))
}

/** What a witness signs: the note's text and the time, in seconds since 1970 (C2SP tlog-cosignature). */
export const cosignedBytes = (text: string, time: bigint): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)

/** Reads the text of a checkpoint. Lines after the third are extensions and mean nothing here. @throws Error */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', encoded = '', ...rest] = text.split('\n')
  const root = strictBase64(encoded)
  if (origin === '' || rest.length === 0 || !/^(0|[1-9][0-9]*)$/.test(size) || root?.length !== 32) {
    throw new Error('this is not a checkpoint')
  }
  return { origin, size: BigInt(size), root }
}

/** Standard base64 in its one canonical spelling; null for anything else. */
function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? bytes : null
}
