import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { type Db, type Queries, schema } from '@pramaan/db'
import { and, eq, ne, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { decrypt, encrypt } from './aes-gcm.ts'
import { newId } from './ids.ts'

/** Where a ciphertext stands; bound to it as additional data, so that it cannot be moved to another row or column. */
export interface Place {
  table: string
  column: string
  rowId: string
}

/** A data key as it stands in memory: a key object, as from bytes Node makes one at every use, at the cost of the use. */
export interface DataKey {
  ownerId: string
  id: string
  secret: KeyObject
}

/** The owner of what belongs to nobody else: the look-up key and staff. */
export const PLATFORM_OWNER = '00000000-0000-0000-0000-000000000000'
const LOOKUP_KEY = '00000000-0000-0000-0000-000000000001'
const FORMAT = 1
/** For how long a process can still open what was erased elsewhere. */
const REMEMBERED_MS = 5 * 60_000

/**
 * All secret keys of one process.
 *
 * Envelope encryption is AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D) under a data key of the owner, which
 * is wrapped by a key of `KEYRING`. Look-ups go through HMAC-SHA-256. Proofs are signed with Ed25519 (RFC 8032).
 */
export interface Keys {
  /** Makes a data key for an owner, in the open transaction. */
  createDataKey(tx: Queries, ownerId: string): Promise<DataKey>
  /** The owner's newest data key. @throws Error when there is none */
  dataKeyOf(queries: Queries, ownerId: string): Promise<DataKey>
  seal(key: DataKey, place: Place, plaintext: string): Buffer
  /** @throws Error when the key is gone (erased) or the ciphertext was altered or moved */
  open(queries: Queries, ownerId: string, place: Place, sealed: Buffer): Promise<string>
  /** `seal` without an owner, for what is deleted within days and can be read by whoever holds the process's keys. */
  sealBriefly(place: Place, plaintext: string | Buffer): Buffer
  /** @throws Error when the ciphertext was altered or moved */
  openBriefly(place: Place, sealed: Buffer): string
  /** `openBriefly` for what is no text. */
  openBytesBriefly(place: Place, sealed: Buffer): Buffer
  /** A keyed hash for equality look-ups of personal data; `purpose` keeps hashes of different kinds apart. */
  lookupHash(purpose: string, value: string): Buffer
  /** 32 bytes derived for one purpose (HKDF-SHA-256, RFC 5869). */
  derive(purpose: string): Buffer
  sign(purpose: string, message: string): { keyId: string; signature: string }
  verify(purpose: string, message: string, signed: { keyId: string; signature: string }): boolean
  /**
   * Ed25519 signatures over exactly these bytes, by each private signing key, the current one first: while a key is being
   * replaced both sign, so that who knows the old one learns to trust the new one. For checkpoints of the audit log only,
   * whose first line is never a purpose of `sign`.
   */
  signCheckpoint(text: string): { publicKey: Buffer; signature: Buffer }[]
  readonly signingKey: { id: string; publicKeyPem: string }
  /** Raw public keys (32 bytes) that checkpoints and proofs are verified with, the current one first. */
  readonly publicKeys: readonly Buffer[]
  /**
   * Wraps up to `limit` data keys anew under the current key of `KEYRING`, in the open transaction; what they encrypt
   * stays as it is. Keys that another rotation holds are left to it.
   *
   * @returns how many there were; fewer than `limit` means that none is left
   * @throws Error when `KEYRING` lacks the key under which one of them lies
   */
  rewrap(tx: Queries, limit: number): Promise<number>
  /**
   * Destroys all data keys of an owner, in the open transaction: what they encrypted can be read by nobody any more.
   * Another process may still have one in memory, for five minutes at the most.
   *
   * @returns how many there were
   */
  destroy(tx: Queries, ownerId: string): Promise<number>
  /** The id of the key of `KEYRING` that wraps. */
  readonly wrappingKeyId: string
}

export interface KeyMaterial {
  /** `id:base64` pairs, the first is current. */
  keyring: { id: string; secret: Buffer }[]
  /** Ed25519 private key, PKCS#8 DER. */
  signingKey: Buffer
  /** The keys before it: private (PKCS#8 DER) while both sign, public (SPKI DER) once the old one only verifies. */
  olderSigningKeys?: Buffer[]
}

/** Reads the platform's look-up key (making it on the first start) and returns the keys of this process. */
export async function loadKeys(db: Db, material: KeyMaterial): Promise<Keys> {
  const wrapping = new Map(material.keyring.map((key) => [key.id, key.secret]))
  const current = material.keyring[0]
  if (!current) throw new Error('KEYRING is empty')
  const cache = new LRUCache<string, DataKey>({ max: 10_000, ttl: REMEMBERED_MS })

  const unwrap = (row: typeof schema.dataKeys.$inferSelect): DataKey => {
    const secret = wrapping.get(row.keyringId)
    if (!secret) throw new Error(`KEYRING lacks the key ${row.keyringId}`)
    const bytes = decrypt(secret, wrapPlace(row.ownerId, row.id), row.wrapped)
    return { ownerId: row.ownerId, id: row.id, secret: createSecretKey(bytes) }
  }
  const wrapped = (key: DataKey) => ({
    ownerId: key.ownerId,
    id: key.id,
    keyringId: current.id,
    wrapped: encrypt(current.secret, wrapPlace(key.ownerId, key.id), key.secret.export()),
  })
  const lookup = await loadLookupKey(db, unwrap, wrapped)
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', lookup.secret, Buffer.alloc(0), purpose, 32))
  const briefKey = createSecretKey(derive('seal briefly'))
  const openBriefly = (place: Place, sealed: Buffer) => decrypt(briefKey, placeText(place, 'brief'), sealed)
  const signers = [material.signingKey, ...(material.olderSigningKeys ?? [])].map(readSigningKey)
  const [signer] = signers as [Signer, ...Signer[]]
  if (!signer.privateKey) throw new Error('the first signing key must be private')
  const { privateKey, id: signingKeyId } = signer

  return {
    async createDataKey(tx, ownerId) {
      const key = { ownerId, id: newId(), secret: newSecret() }
      await tx.insert(schema.dataKeys).values(wrapped(key))
      return key
    },
    async dataKeyOf(queries, ownerId) {
      const rows = await queries.select().from(schema.dataKeys).where(eq(schema.dataKeys.ownerId, ownerId))
      const newest = rows.sort((a, b) => (a.id < b.id ? 1 : -1)).find((row) => row.id !== LOOKUP_KEY)
      if (!newest) throw new Error('there is no data key for this owner')
      return unwrap(newest)
    },
    seal(key, place, plaintext) {
      const body = encrypt(key.secret, placeText(place, key.id), Buffer.from(plaintext, 'utf8'))
      return Buffer.concat([Buffer.of(FORMAT), uuidBytes(key.id), body])
    },
    async open(queries, ownerId, place, sealed) {
      if (sealed[0] !== FORMAT) throw new Error('unknown ciphertext format')
      const id = uuidText(sealed.subarray(1, 17))
      let key = cache.get(id)
      if (!key || key.ownerId !== ownerId) {
        const where = and(eq(schema.dataKeys.ownerId, ownerId), eq(schema.dataKeys.id, id))
        const [row] = await queries.select().from(schema.dataKeys).where(where)
        if (!row) throw new Error('the data key of this ciphertext is gone')
        key = unwrap(row)
        cache.set(id, key)
      }
      return decrypt(key.secret, placeText(place, id), sealed.subarray(17)).toString('utf8')
    },
    sealBriefly: (place, plaintext) => encrypt(briefKey, placeText(place, 'brief'), bytesOf(plaintext)),
    openBriefly: (place, sealed) => openBriefly(place, sealed).toString('utf8'),
    openBytesBriefly: openBriefly,
    lookupHash: (purpose, value) => createHmac('sha256', lookup.secret).update(`${purpose}\u0000${value}`).digest(),
    derive,
    sign: (purpose, message) => ({
      keyId: signingKeyId,
      signature: sign(null, Buffer.from(`${purpose}\n${message}`), privateKey).toString('base64'),
    }),
    verify(purpose, message, signed) {
      const by = signers.find(({ id }) => id === signed.keyId)
      const bytes = Buffer.from(`${purpose}\n${message}`)
      return by !== undefined && verify(null, bytes, by.publicKey, Buffer.from(signed.signature, 'base64'))
    },
    signCheckpoint: signingAll(signers),
    signingKey: {
      id: signingKeyId,
      publicKeyPem: signer.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    publicKeys: signers.map(({ publicKey }) => rawPublicKey(publicKey)),
    async rewrap(tx, limit) {
      const { dataKeys } = schema
      const rows = await tx
        .select()
        .from(dataKeys)
        .where(ne(dataKeys.keyringId, current.id))
        .orderBy(dataKeys.ownerId, dataKeys.id)
        .limit(limit)
        .for('update', { skipLocked: true })
      // All at once: the connection pipelines them.
      await Promise.all(
        rows.map((row) => {
          const { ownerId, id, ...anew } = wrapped(unwrap(row))
          const isRow = and(eq(dataKeys.ownerId, ownerId), eq(dataKeys.id, id))
          return tx.update(dataKeys).set(anew).where(isRow)
        }),
      )
      return rows.length
    },
    async destroy(tx, ownerId) {
      const { dataKeys } = schema
      const gone = await tx.delete(dataKeys).where(eq(dataKeys.ownerId, ownerId)).returning({ id: dataKeys.id })
      for (const { id } of gone) cache.delete(id)
      return gone.length
    },
    wrappingKeyId: current.id,
  }
}

const bytesOf = (plaintext: string | Buffer): Buffer =>
  typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext

interface Signer {
  id: string
  privateKey: KeyObject | null
  publicKey: KeyObject
}

/** A signing key from its DER form. What is not a private key is read as a public one. */
function readSigningKey(der: Buffer): Signer {
  let privateKey: KeyObject | null = null
  try {
    privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch {
    // A key that only verifies any more; what is neither fails below.
  }
  const publicKey = createPublicKey(privateKey ?? { key: der, format: 'der', type: 'spki' })
  return { id: fingerprint(publicKey), privateKey, publicKey }
}

/** Signs the bytes of a text with every private key, the current one first. */
const signingAll =
  (signers: readonly Signer[]): Keys['signCheckpoint'] =>
  (text) =>
    signers.flatMap(({ privateKey, publicKey }) =>
      privateKey ? [{ publicKey: rawPublicKey(publicKey), signature: sign(null, Buffer.from(text), privateKey) }] : [],
    )

/** The signing half of `Keys` alone, for a program that has no use for the other keys. */
export const checkpointSigner = (signingKeys: readonly Buffer[]): Pick<Keys, 'signCheckpoint'> => ({
  signCheckpoint: signingAll(signingKeys.map(readSigningKey)),
})

const rawPublicKey = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')

async function loadLookupKey(
  db: Db,
  unwrap: (row: typeof schema.dataKeys.$inferSelect) => DataKey,
  wrapped: (key: DataKey) => typeof schema.dataKeys.$inferInsert,
): Promise<DataKey> {
  const fresh = wrapped({ ownerId: PLATFORM_OWNER, id: LOOKUP_KEY, secret: newSecret() })
  // The one change that no command makes, as commands need the keys; it has its audit entry all the same.
  const body = { actor: { kind: 'system', role: 'start-up' }, requestId: 'start-up', outcome: 'done' }
  await db.read.execute(sql`
    with made as (
      insert into data_keys (owner_id, id, keyring_id, wrapped)
      values (${fresh.ownerId}, ${fresh.id}, ${fresh.keyringId}, ${fresh.wrapped})
      on conflict do nothing returning id
    )
    insert into audit_entries (action, object_type, object_id, body)
    select 'lookup_key.created', 'data_key', id::text, ${JSON.stringify(body)}::jsonb from made`)
  const where = and(eq(schema.dataKeys.ownerId, PLATFORM_OWNER), eq(schema.dataKeys.id, LOOKUP_KEY))
  const [row] = await db.read.select().from(schema.dataKeys).where(where)
  if (!row) throw new Error('the look-up key could not be read')
  return unwrap(row)
}

const newSecret = () => createSecretKey(randomBytes(32))

const placeText = (place: Place, keyId: string) => Buffer.from(`${place.table}|${place.column}|${place.rowId}|${keyId}`)

const wrapPlace = (ownerId: string, id: string) => Buffer.from(`data_keys|wrapped|${ownerId}|${id}`)

const uuidBytes = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex')

const uuidText = (raw: Buffer) => raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** The first 16 hex digits of the SHA-256 of the public key (SPKI). */
const fingerprint = (publicKey: KeyObject) =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)
