import { createHash } from 'node:crypto'

/** Signature types of C2SP signed-note. */
const ED25519 = 0x01

/** The text of a checkpoint (C2SP tlog-checkpoint): origin, size and root, a line each. */
export const checkpointText = (head: { origin: string; size: number; root: Buffer }): string =>
  `${head.origin}\n${head.size}\n${head.root.toString('base64')}\n`

/** Four bytes that tell which key a signature line is of (C2SP signed-note). */
const keyHash = (name: string, publicKey: Buffer): Buffer =>
  createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(publicKey).digest().subarray(0, 4)

/** A public key as verifiers are given it: `name+hash+key` (C2SP signed-note). `publicKey` is the raw 32 bytes. */
export const verifierKey = (name: string, publicKey: Buffer): string =>
  `${name}+${keyHash(name, publicKey).toString('hex')}+${Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')}`

/** A signed note: the text, an empty line, and a line for each signature. */
export function signedNote(
  text: string,
  name: string,
  signatures: readonly { publicKey: Buffer; signature: Buffer }[],
): string {
  const lines = signatures.map(({ publicKey, signature }) => {
    const signed = Buffer.concat([keyHash(name, publicKey), signature])
    return `\u2014 ${name} ${signed.toString('base64')}\n`
  })
  return `${text}\n${lines.join('')}`
}
