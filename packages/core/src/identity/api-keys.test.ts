import { createDb, schema } from '@pramaan/db'
import { Scope } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, getContent } from '../content/index.ts'
import { authenticateKey, createApiKey, getProfile, listApiKeys, revokeApiKey, rotateApiKey } from './index.ts'

const world = await testWorld()
const { apiKeys, advisors, auditEntries } = schema
/** Another instance: a pool of its own on the same database. */
const elsewhere = createDb({ url: world.url, max: 4 })
afterAll(() => elsewhere.close())

const HOUR = 3_600_000
const enter = (key: string) => authenticateKey({ db: world.product, now: world.clock.now }, key)
const enterElsewhere = (key: string) => authenticateKey({ db: elsewhere, now: world.clock.now }, key)
const out = { code: 'unauthenticated' }
const make = async (advisor: TestAdvisor, scopes: Scope[] = ['content:read'], expiresAt?: string) =>
  createApiKey(advisor.owner(), { name: 'CRM', scopes, ...(expiresAt === undefined ? {} : { expiresAt }) })
const full = { code: 'plan_limit_reached', publicMessage: expect.stringContaining('5 API keys') }
const rowOf = async (id: string) => (await world.db.read.select().from(apiKeys).where(eq(apiKeys.id, id)))[0]

test('a key acts for its firm, with its scopes and the tier of this moment, and for no person', async () => {
  const advisor = await makeAdvisor(world, { tier: 'standard' })
  const { id, key, prefix } = await make(advisor, ['content:read', 'content:write'])
  expect(key.startsWith(`${prefix}_`)).toBe(true)
  expect(prefix).toBe(`prm_test_${id.replaceAll('-', '')}`)
  const actor = { kind: 'api_key', keyId: id, scopes: ['content:read', 'content:write'] }
  expect(await enter(key)).toEqual({ actor, advisorId: advisor.advisorId, tier: 'standard' })
  await world.db.read.update(advisors).set({ tier: 'pro' }).where(eq(advisors.id, advisor.advisorId))
  expect(await enterElsewhere(key)).toMatchObject({ tier: 'pro' })
})

test('a smaller plan takes no key away: those above its limit work and can be rotated, and none is made', async () => {
  const advisor = await makeAdvisor(world, { tier: 'standard' })
  const keys = [await make(advisor)]
  for (let n = 0; n < 5; n++) keys.push(await make(advisor))
  await world.db.read.update(advisors).set({ tier: 'basic' }).where(eq(advisors.id, advisor.advisorId))
  for (const { key } of keys) expect(await enterElsewhere(key)).toMatchObject({ tier: 'basic' })
  await rotateApiKey(advisor.owner(), { id: keys[0]?.id ?? '', graceHours: 0 })
  await expect(make(advisor)).rejects.toMatchObject(full)
})

test('security.md 41, 57: 256 random bits, of which the database holds the hash and no log line or answer the rest', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key, prefix } = await make(advisor)
  const secret = key.slice(prefix.length + 1)
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  const rotated = await rotateApiKey(advisor.owner(), { id, graceHours: 1 })
  await revokeApiKey(advisor.owner(), { id })
  const { rows } = await world.db.pool.query<{ row: string }>(
    `select row_to_json(k)::text as row from api_keys k where id = $1
     union all select row_to_json(a)::text from audit_entries a where object_id = $1::text
     union all select row_to_json(i)::text from idempotency_keys i`,
    [id],
  )
  expect(rows).toHaveLength(4)
  const seen = rows.map(({ row }) => row).join() + JSON.stringify(await listApiKeys(advisor.owner(), {}))
  expect(seen).toContain(prefix)
  for (const one of [secret, rotated.key.slice(prefix.length + 1)]) {
    expect(seen).not.toContain(one)
    expect(seen).not.toContain(Buffer.from(one, 'base64url').toString('hex'))
  }
  expect(await world.auditActions(id)).toEqual(['api_key.created', 'api_key.rotated', 'api_key.revoked'])
})

test('a key is found by its id through an index, in one statement that every call repeats', async () => {
  const advisor = await makeAdvisor(world)
  const { id } = await make(advisor)
  const plan = await world.db.transaction(async ({ $client }) => {
    await $client.query('set local enable_seqscan = off')
    const { rows } = await $client.query<{ 'QUERY PLAN': string }>(
      `explain select 1 from api_keys k join advisors a on a.id = k.advisor_id where k.id = '${id}'`,
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
  expect(plan).toContain('Index Scan using api_keys_id_idx')
  expect(plan).not.toContain('Seq Scan')
})

test.each([
  ['another secret', (key: string) => `${key.slice(0, -43)}${'A'.repeat(43)}`],
  ['the id of another key', (key: string) => key.replace(/_[0-9a-f]{32}_/, `_${'0'.repeat(32)}_`)],
  ['the other environment', (key: string) => key.replace('prm_test_', 'prm_live_')],
  ['nothing but the prefix', (key: string) => key.slice(0, -44)],
  ['its secret in other case', (key: string) => `${key.slice(0, -43)}${key.slice(-43).toLowerCase().toUpperCase()}`],
])('a key with %s is nobody', async (_, spoil) => {
  const { key } = await make(await makeAdvisor(world))
  await expect(enter(spoil(key))).rejects.toMatchObject(out)
  await enter(key)
})

test('a revoked key is out at the next call, on every instance, for good', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key } = await make(advisor)
  await Promise.all([enter(key), enterElsewhere(key)])
  expect(await revokeApiKey(advisor.owner(), { id })).toEqual({ done: true })
  await expect(enter(key)).rejects.toMatchObject(out)
  await expect(enterElsewhere(key)).rejects.toMatchObject(out)
  expect(await revokeApiKey(advisor.owner(), { id })).toEqual({ done: true })
  await expect(rotateApiKey(advisor.owner(), { id, graceHours: 1 })).rejects.toMatchObject({ code: 'invalid_state' })
  await expect(enter(key)).rejects.toMatchObject(out)
})

test('a key ends when it was said to end', async () => {
  const advisor = await makeAdvisor(world)
  const until = new Date(world.clock.now().getTime() + 60_000).toISOString()
  const { id, key } = await make(advisor, ['content:read'], until)
  await enter(key)
  world.clock.advance(60_000)
  await expect(enter(key)).rejects.toMatchObject(out)
  await expect(rotateApiKey(advisor.owner(), { id, graceHours: 1 })).rejects.toMatchObject({ code: 'invalid_state' })
  await expect(make(advisor, ['content:read'], until)).rejects.toMatchObject({ code: 'invalid_input' })
})

test('after a rotation both secrets work until the grace ends, with the same scopes; then the new one alone', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key: old } = await make(advisor, ['content:read', 'audit:read'])
  const { key, prefix, previousValidUntil } = await rotateApiKey(advisor.owner(), { id, graceHours: 2 })
  expect(previousValidUntil).toBe(new Date(world.clock.now().getTime() + 2 * HOUR).toISOString())
  expect(old.startsWith(prefix)).toBe(true)
  expect(await enter(old)).toEqual(await enter(key))
  expect((await enterElsewhere(key)).actor).toMatchObject({ keyId: id, scopes: ['content:read', 'audit:read'] })
  world.clock.advance(2 * HOUR - 1)
  await enter(old)
  world.clock.advance(1)
  await expect(enter(old)).rejects.toMatchObject(out)
  await enter(key)
})

test('a second rotation ends the first secret though its grace was not over; without grace the old one ends now', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key: first } = await make(advisor)
  const { key: second } = await rotateApiKey(advisor.owner(), { id, graceHours: 24 })
  const { key: third, previousValidUntil } = await rotateApiKey(advisor.owner(), { id, graceHours: 24 })
  expect(previousValidUntil).not.toBeNull()
  await expect(enter(first)).rejects.toMatchObject(out)
  await Promise.all([enter(second), enter(third)])
  const { key: fourth } = await rotateApiKey(advisor.owner(), { id, graceHours: 0 })
  await expect(enter(second)).rejects.toMatchObject(out)
  await expect(enter(third)).rejects.toMatchObject(out)
  await enter(fourth)
})

test('the keys of a suspended firm do nothing, none can be made, and they can still be revoked', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key } = await make(advisor)
  const set = (status: 'active' | 'suspended') =>
    world.db.read.update(advisors).set({ status }).where(eq(advisors.id, advisor.advisorId))
  await set('suspended')
  await expect(enter(key)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(make(advisor)).rejects.toMatchObject({ code: 'forbidden' })
  await expect(rotateApiKey(advisor.owner(), { id, graceHours: 1 })).rejects.toMatchObject({ code: 'forbidden' })
  await set('active')
  await enter(key)
  await set('suspended')
  await revokeApiKey(advisor.owner(), { id })
})

test('the last use is told to the hour, and costs one write an hour', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key } = await make(advisor)
  expect((await rowOf(id))?.lastUsedAt).toBeNull()
  await enter(key)
  const first = (await rowOf(id))?.lastUsedAt
  expect(first?.getTime()).toBe(Math.floor(world.clock.now().getTime() / HOUR) * HOUR)
  const { xmin } = await versionOf(id)
  await Promise.all(Array.from({ length: 20 }, () => enter(key)))
  expect((await versionOf(id)).xmin).toBe(xmin)
  world.clock.advance(HOUR)
  await Promise.all(Array.from({ length: 20 }, () => enter(key)))
  expect((await rowOf(id))?.lastUsedAt?.getTime()).toBe((first?.getTime() ?? 0) + HOUR)
})

/** The transaction that wrote the row last. */
async function versionOf(id: string): Promise<{ xmin: string }> {
  const { rows } = await world.db.pool.query<{ xmin: string }>('select xmin::text from api_keys where id = $1', [id])
  return rows[0] ?? { xmin: '' }
}

test('a call without its scope is refused with the name of the scope, and the refusal stands in the log under the key', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key } = await make(advisor, ['content:read'])
  const { actor, advisorId } = await enter(key)
  const ctx = world.ctx(actor, advisorId)
  const refused = createContent(ctx, { content: 'SIP is a habit, not a forecast.' })
  await expect(refused).rejects.toMatchObject({
    code: 'forbidden',
    publicMessage: expect.stringContaining('content:write'),
  })
  await expect(listApiKeys(ctx, {})).rejects.toMatchObject({
    code: 'forbidden',
    publicMessage: expect.stringContaining('API keys cannot do this'),
  })
  const entries = await world.db.read.select().from(auditEntries).where(eq(auditEntries.actorId, id))
  expect(entries.map(({ action, body }) => [action, body.actor.kind, body.outcome])).toEqual([
    ['content.create.refused', 'api_key', 'refused'],
    ['api_key.list.refused', 'api_key', 'refused'],
  ])
})

test('what a key writes names the key as its author, in the row and in the log', async () => {
  const advisor = await makeAdvisor(world)
  const ctx = advisor.key('content:write', 'content:read')
  const keyId = ctx.actor.kind === 'api_key' ? ctx.actor.keyId : ''
  const { contentId } = await createContent(ctx, { content: 'SIP is a habit, not a forecast.' })
  expect(await getContent(ctx, { id: contentId })).toMatchObject({ status: 'draft' })
  const [row] = await world.db.read.select().from(schema.contents).where(eq(schema.contents.id, contentId))
  expect(row).toMatchObject({ advisorId: advisor.advisorId, createdBy: keyId })
  const [entry] = await world.db.read.select().from(auditEntries).where(eq(auditEntries.objectId, contentId))
  expect(entry).toMatchObject({ actorId: keyId, body: { actor: { kind: 'api_key', role: null } } })
})

test('security.md 47: a key sees the firm in its profile and no person of it', async () => {
  const advisor = await makeAdvisor(world, { displayName: 'Verma Advisory', tier: 'pro' })
  const view = await getProfile(advisor.key('profile:read'), {})
  expect(view).toMatchObject({
    profile: { advisorId: advisor.advisorId, displayName: 'Verma Advisory', user: null, licences: [{ type: 'MFD' }] },
    tier: 'pro',
    lastActive: null,
  })
})

test('the same Idempotency-Key of two keys of one firm means two requests', async () => {
  const advisor = await makeAdvisor(world)
  const once = { key: 'k', operation: 'POST /x', requestHash: 'h', replayed: false }
  const write = (ctx: ReturnType<TestAdvisor['owner']>) =>
    createContent({ ...ctx, idempotency: { ...once } }, { content: 'SIP is a habit.' })
  const [one, other] = [advisor.key('content:write'), advisor.key('content:write')]
  const first = await write(one)
  expect(await write(one)).toEqual(first)
  expect((await write(other)).contentId).not.toBe(first.contentId)
  expect((await write(advisor.owner())).contentId).not.toBe(first.contentId)
})

test('security.md 14: of thirty keys made at once as many are made as the plan has, and a revoked one makes room', async () => {
  const advisor = await makeAdvisor(world)
  const made = await Promise.allSettled(Array.from({ length: 30 }, () => make(advisor)))
  const keys = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(keys).toHaveLength(5)
  for (const one of made) if (one.status === 'rejected') expect(one.reason).toMatchObject(full)
  await revokeApiKey(advisor.owner(), { id: keys[0]?.id ?? '' })
  await make(advisor)
  await expect(make(advisor)).rejects.toMatchObject(full)
})

test('of two rotations at once both count, one after the other, and of all secrets the last two work', async () => {
  const advisor = await makeAdvisor(world)
  const { id, key: first } = await make(advisor)
  const rotate = () => rotateApiKey(advisor.owner(), { id, graceHours: 1 })
  const [a, b] = await Promise.all([rotate(), rotate()])
  await expect(enter(first)).rejects.toMatchObject(out)
  await Promise.all([enter(a.key), enter(b.key)])
})

test('security.md 46: the keys of another firm are not found, and stay as they are', async () => {
  const [mine, theirs] = [await makeAdvisor(world), await makeAdvisor(world)]
  const { id, key } = await make(theirs)
  const before = await rowOf(id)
  await expect(revokeApiKey(mine.owner(), { id })).rejects.toMatchObject({ code: 'not_found' })
  await expect(rotateApiKey(mine.owner(), { id, graceHours: 0 })).rejects.toMatchObject({ code: 'not_found' })
  expect((await listApiKeys(mine.owner(), {})).items).toEqual([])
  expect(await rowOf(id)).toEqual(before)
  await enter(key)
})

test('the list shows what a key may do and how it stands, page by page', async () => {
  const advisor = await makeAdvisor(world)
  const made = []
  for (const scope of ['content:read', 'audit:read', 'profile:read'] as const) made.push(await make(advisor, [scope]))
  const first = await listApiKeys(advisor.owner(), { limit: 2 })
  const second = await listApiKeys(advisor.owner(), { limit: 2, cursor: first.nextCursor ?? '' })
  const items = [...first.items, ...second.items]
  expect(items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse())
  expect(items[0]).toEqual({
    id: made[2]?.id,
    name: 'CRM',
    prefix: made[2]?.prefix,
    scopes: ['profile:read'],
    createdAt: world.clock.now().toISOString(),
    createdBy: advisor.ownerId,
    expiresAt: null,
    lastUsedAt: null,
    previousValidUntil: null,
    revokedAt: null,
  })
  await expect(listApiKeys(advisor.owner(), { cursor: 'rubbish' })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('a scope twice, none, or one that does not exist is refused, by the input and by the database', async () => {
  const advisor = await makeAdvisor(world)
  for (const scopes of [[], ['content:read', 'content:read'], ['content:approve'], ['*']]) {
    await expect(createApiKey(advisor.owner(), { name: 'CRM', scopes: scopes as Scope[] })).rejects.toThrow()
  }
  const { id } = await make(advisor)
  for (const scopes of [[], ['content:approve']]) {
    const update = world.db.pool.query('update api_keys set scopes = $2 where id = $1', [id, scopes])
    await expect(update).rejects.toMatchObject({ code: '23514', constraint: 'api_keys_scopes' })
  }
  await make(advisor, [...Scope.options])
})
