import { createHash, createHmac, createPublicKey, hash, timingSafeEqual, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Keys, loadKeys } from '@pramaan/core/platform/crypto'
import { CommonSettings, readSettings } from '@pramaan/core/platform/env'
import { newId } from '@pramaan/core/platform/ids'
import { createDb } from '@pramaan/db'
import { Redis } from 'ioredis'
import { type Ask, openConnections } from './bare-database.ts'
import { INSERT_EVENT, INSERT_TEXT, PAGE, PROFILE, STANDING, TAKE_TOKENS, WAKE_UP } from './bare-statements.ts'

/**
 * What the benchmark compares with: the same work by hand, on `node:http` and named statements over pipelined
 * connections, with no framework, no schema library, no query builder and no structure to speak of. It does what the
 * product does for the same requests: the token is verified (and remembered, as ours are), the session is read from
 * Redis and the person's standing from PostgreSQL every time, the limit is counted by leases, personal data is decrypted,
 * and a text is written with its version, two audit entries and a job in one statement and one commit.
 * It leaves out what is not this work: ETags, security headers, metrics, idempotency keys, helpful errors.
 */
interface Who {
  userId: string
  advisorId: string
  sessionId: string
  role: string
}

const settings = readSettings(CommonSettings, process.env, [])
const read: Ask = await openConnections(settings.DATABASE_URL, 4)
const write: Ask = await openConnections(settings.DATABASE_URL, 16)
const redis = new Redis(settings.REDIS_URL, { enableAutoPipelining: true })
const keys: Keys = await loadKeys(createDb({ url: settings.DATABASE_URL, max: 2 }), {
  keyring: settings.KEYRING,
  signingKey: settings.AUDIT_SIGNING_KEY.current,
})
const db = createDb({ url: settings.DATABASE_URL, max: 2 })
const publicKey = createPublicKey({ key: JSON.parse(settings.JWT_KEYS).keys[0], format: 'jwk' })
const verified = new Map<string, { sub: string; sid: string; exp: number }>()
const leases = new Map<string, { window: number; tokens: number }>()
const asking = new Map<string, Promise<number>>()

function claimsOf(token: string): { sub: string; sid: string; exp: number } | null {
  let claims = verified.get(token)
  if (!claims) {
    const [head = '', body = '', signature = ''] = token.split('.')
    const signed = Buffer.from(`${head}.${body}`)
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return null
    claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string; sid: string; exp: number }
    verified.set(token, claims)
  }
  return claims.exp * 1000 > Date.now() ? claims : null
}

async function authenticate(request: IncomingMessage): Promise<Who | null> {
  const claims = claimsOf((request.headers.authorization ?? '').slice('Bearer '.length))
  if (!claims) return null
  const [stored, standings] = await Promise.all([redis.get(`sess:${claims.sid}`), read(STANDING, [claims.sub])])
  const session = JSON.parse(stored ?? 'null') as {
    userId: string
    credentialVersion: number
    expiresAt: number
  } | null
  const [status, , credentialVersion, role, advisorId] = standings[0] ?? []
  if (!session || session.userId !== claims.sub || session.expiresAt < Date.now()) return null
  if (status !== 'active' || credentialVersion !== session.credentialVersion) return null
  if (!(await mayCall(`bare:${advisorId}`, 1_000))) return null
  return { userId: claims.sub, sessionId: claims.sid, role: String(role), advisorId: String(advisorId) }
}

/** One statement for 50 calls; those that come while it is under way wait for it instead of asking again. */
async function mayCall(key: string, limit: number): Promise<boolean> {
  const window = Math.floor(Date.now() / 60_000)
  for (;;) {
    const lease = leases.get(key)
    if (lease?.window === window && lease.tokens > 0) {
      lease.tokens -= 1
      return true
    }
    const asked = asking.get(key) ?? askForTokens(key, window, limit)
    if ((await asked) === 0) return false
  }
}

function askForTokens(key: string, window: number, limit: number): Promise<number> {
  const asked = write(TAKE_TOKENS, [key, window, limit / 20, limit]).then(([row]) => {
    const tokens = Number(row?.[0])
    leases.set(key, { window, tokens })
    asking.delete(key)
    return tokens
  })
  asking.set(key, asked)
  return asked
}

async function profile(who: Who): Promise<string> {
  const [row = []] = await read(PROFILE, [who.advisorId, who.userId])
  const [displayName, status, tier, createdAt, email, fullName, role, lastActive, memberRole, complianceScore] = row
  const opened = (column: string, sealed: unknown) =>
    keys.open(db.read, who.userId, { table: 'users', column, rowId: who.userId }, sealed as Buffer)
  const user = {
    id: who.userId,
    email: await opened('email', email),
    fullName: await opened('full_name', fullName),
    role,
    memberRole,
  }
  const licences = (row[10] as { validUntil: string | null }[]).map(({ validUntil, ...licence }) => ({
    ...licence,
    validUntil: validUntil && new Date(validUntil),
  }))
  const facts = { advisorId: who.advisorId, displayName, status, createdAt, user, licences }
  return JSON.stringify({ profile: facts, tier, complianceScore, lastActive })
}

const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

async function list(who: Who, url: string): Promise<string> {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  const limit = Number(query.get('limit') ?? 20)
  const rows = await read(PAGE, [who.advisorId, query.get('cursor') ?? LAST, limit + 1])
  const items = rows.slice(0, limit).map((row) => ({
    contentId: row[0],
    versionId: row[1],
    versionNumber: row[2],
    status: row[3],
    topic: row[4],
    externalId: row[5],
    excerpt: row[6],
    createdAt: row[7],
    updatedAt: row[8],
  }))
  return JSON.stringify({ items, nextCursor: rows.length > limit ? items.at(-1)?.contentId : null })
}

async function create(who: Who, raw: Buffer): Promise<string> {
  const { content, topic = null, channel = 'whatsapp', audience = 'clients', language = null } = JSON.parse(String(raw))
  if (typeof content !== 'string' || content.length === 0 || content.length > 20_000) throw new Error('no text')
  const [contentId, versionId, requestId] = [newId(), newId(), newId()]
  const text = content.normalize('NFC').trimEnd()
  const digest = hash('sha256', JSON.stringify({ audience, channel, language, media: [], text }), 'hex')
  const excerpt = content.slice(0, 160).replace(/\s+/g, ' ')
  const actor = { kind: 'user', role: who.role, sessionId: who.sessionId }
  const entry = {
    actor,
    requestId,
    to: 'draft',
    versionHash: digest,
    outcome: 'done',
    detail: { versionId, number: 1 },
  }
  const job = { advisorId: who.advisorId, contentId, versionId, checkId: newId(), stage: 1, version: 1 }
  await write(INSERT_TEXT, [
    who.advisorId,
    contentId,
    versionId,
    topic,
    excerpt,
    who.userId,
    new Date().toISOString(),
    content,
    channel,
    audience,
    language,
    digest,
    JSON.stringify(entry),
    JSON.stringify({ actor, requestId, from: 'draft', to: 'checking', versionHash: digest, outcome: 'done' }),
    JSON.stringify({ data: job, requestId }),
  ])
  wakeRelay()
  const estimatedApprovalTime = new Date(Date.now() + 3_600_000)
  return JSON.stringify({ contentId, versionId, status: 'checking', estimatedApprovalTime })
}

async function webhook(request: IncomingMessage, raw: Buffer): Promise<string> {
  const { 'x-razorpay-signature': signature, 'x-razorpay-event-id': eventId } = request.headers
  const expected = createHmac('sha256', settings.RAZORPAY_WEBHOOK_SECRETS[0] ?? '')
    .update(raw)
    .digest()
  const given = Buffer.from(String(signature), 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('not signed')
  const id = newId()
  const externalId = eventId ?? createHash('sha256').update(raw).digest('hex')
  const job = JSON.stringify({ data: { eventId: id, version: 1 }, requestId: newId() })
  const sealed = keys.sealBriefly({ table: 'webhook_events', column: 'body', rowId: id }, raw.toString())
  await write(INSERT_EVENT, [id, externalId, sealed, new Date().toISOString(), job])
  wakeRelay()
  return '{"received":true}'
}

let waking = false
function wakeRelay(): void {
  if (waking) return
  waking = true
  setTimeout(() => {
    waking = false
    void write(WAKE_UP, [])
  }, 5)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = request.method === 'POST' ? await bodyOf(request) : null
  if (raw && request.url === '/webhooks/razorpay') return send(response, 200, await webhook(request, raw))
  const who = await authenticate(request)
  if (!who) return send(response, 401, '{}')
  if (raw) return send(response, 201, await create(who, raw))
  if (request.url === '/api/advisor/profile') return send(response, 200, await profile(who))
  return send(response, 200, await list(who, request.url ?? ''))
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

function send(response: ServerResponse, status: number, json: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
    .end(json)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: Error) => send(response, 500, JSON.stringify({ error: error.message })))
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.once('SIGTERM', () => process.exit(0))
