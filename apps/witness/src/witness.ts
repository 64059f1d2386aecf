import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import {
  type Checkpoint,
  cosignedBytes,
  openNote,
  provesConsistency,
  readCheckpoint,
  type VerifierKey,
} from '@pramaan/verifier'
import type { StateFile } from './state-file.ts'

/** What a witness answers with: an HTTP status and a text (C2SP tlog-witness). */
export interface Answer {
  readonly status: 200 | 400 | 403 | 409 | 422
  readonly text: string
}

export interface Witness {
  /** Body of `POST /add-checkpoint`: `old <size>`, the hashes of the proof, an empty line, the signed note. */
  addCheckpoint(body: string): Promise<Answer>
  /** The note of the last checkpoint that was cosigned; null before the first. */
  lastNote(): string | null
  /** Its verifier key, for everybody who wants to check what it signed. */
  readonly verifierKey: string
}

const COSIGNATURE_V1 = 0x04

/**
 * Sees each checkpoint of one log and signs only what follows from the last one it signed. It keeps that one outside of
 * the log's reach, so that a log which was rewritten or rolled back is found out, whoever holds its keys.
 */
export function createWitness(options: {
  name: string
  key: KeyObject
  logKeys: readonly VerifierKey[]
  state: StateFile
  now: () => Date
}): Witness {
  const { name, key, logKeys, state } = options
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url')
  const typeAndKey = Buffer.concat([Buffer.of(COSIGNATURE_V1), publicKey])
  const hash = createHash('sha256').update(`${name}\n`).update(typeAndKey).digest().subarray(0, 4)
  let last = state.read()

  const cosign = (text: string): string => {
    const time = BigInt(Math.floor(options.now().getTime() / 1000))
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(time)
    const signed = Buffer.concat([hash, stamp, sign(null, cosignedBytes(text, time), key)])
    return `\u2014 ${name} ${signed.toString('base64')}\n`
  }
  const judge = (body: string): Answer => {
    const request = readRequest(body)
    if (!request) return { status: 400, text: 'send: old <size>, the hashes of the proof, an empty line, the note\n' }
    const opened = openCheckpoint(request.note, logKeys)
    if (!opened) return { status: 403, text: 'no signature of the log that is known here\n' }
    const { checkpoint, text } = opened
    const seen = last === null ? null : readCheckpoint(openNote(last, logKeys).text)
    if (request.old > checkpoint.size) return { status: 400, text: 'the old size is larger than the new one\n' }
    if (request.old !== (seen?.size ?? 0n) || (seen && checkpoint.size < seen.size)) {
      return { status: 409, text: `${seen?.size ?? 0n}\n` }
    }
    if (seen && !follows(seen, checkpoint, request.proof)) {
      return { status: 422, text: 'this checkpoint does not follow from the one that was seen\n' }
    }
    // Kept for good before anybody hears of the signature.
    state.write(request.note)
    last = request.note
    return { status: 200, text: cosign(text) }
  }
  return {
    // One after the other, as each is measured against the one before it; nothing in it waits.
    addCheckpoint: async (body) => judge(body),
    lastNote: () => last,
    verifierKey: `${name}+${hash.toString('hex')}+${typeAndKey.toString('base64')}`,
  }
}

interface Request {
  old: bigint
  proof: Buffer[]
  note: string
}

function readRequest(body: string): Request | null {
  const gap = body.indexOf('\n\n')
  const [first = '', ...hashes] = body.slice(0, gap).split('\n')
  const old = /^old (0|[1-9][0-9]*)$/.exec(first)?.[1]
  if (gap < 0 || old === undefined || hashes.length > 63) return null
  const proof = hashes.map((hash) => Buffer.from(hash, 'base64'))
  return { old: BigInt(old), proof, note: body.slice(gap + 2) }
}

function openCheckpoint(note: string, keys: readonly VerifierKey[]): { checkpoint: Checkpoint; text: string } | null {
  try {
    const { text } = openNote(note, keys)
    const checkpoint = readCheckpoint(text)
    return keys.some(({ name }) => name === checkpoint.origin) ? { checkpoint, text } : null
  } catch {
    return null
  }
}

const follows = (seen: Checkpoint, next: Checkpoint, proof: readonly Buffer[]): boolean =>
  seen.origin === next.origin && provesConsistency(seen.size, seen.root, next.size, next.root, proof)
