import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePack, sealLog, verifierKey } from '@pramaan/core/audit'
import { readVerifierKey, readZip, verifyPack } from '@pramaan/verifier'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'

const api = await testApi()
const folder = mkdtempSync(join(tmpdir(), 'pramaan-api-packs-'))
afterAll(() => rmSync(folder, { recursive: true }))
const YEAR_MS = 365 * 86_400_000
const PERIOD = {
  from: new Date(Date.now() - YEAR_MS).toISOString(),
  to: new Date(Date.now() + YEAR_MS).toISOString(),
}
let owner: Person

beforeAll(async () => {
  owner = await api.signUp()
  const body = { content: 'A monthly SIP builds the habit of saving.', submit: false }
  expect((await api.call('POST', '/api/content', { token: owner.accessToken, body })).status).toBe(201)
})

const ask = async (token: string, headers: Record<string, string> = {}) => {
  const answer = await api.call('POST', '/api/audit/packs', { token, headers, body: PERIOD })
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return answer.body as { id: string; state: string; recipient: string; availableUntil: string }
}

/** What the sealer and the worker do. */
async function work(): Promise<void> {
  const actor = { kind: 'system', name: 'audit.make-pack' } as const
  const ctx = api.deps.context({ actor, advisorId: null, requestId: 'test', ip: null })
  const take = () =>
    api.sql<{ payload: { data: unknown } }>(`delete from outbox where queue = 'audit.make-pack' returning payload`)
  for (let jobs = await take(); jobs.length > 0; jobs = await take()) {
    await sealLog(ctx)
    for (const { payload } of jobs) await makePack(ctx, payload.data)
  }
}

const fetched = (id: string, { accessToken }: Person, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/api/audit/packs/${id}`, { headers: { authorization: `Bearer ${accessToken}`, ...headers } })

async function saved(response: Response): Promise<string> {
  const path = join(folder, `${randomUUID()}.zip`)
  writeFileSync(path, Buffer.from(await response.arrayBuffer()))
  return path
}

const trust = () => {
  const { auditOrigin: origin } = api.deps.settings
  const logKeys = api.deps.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
  return { logKeys, witnessKeys: [], savedNotes: [] }
}

test('a pack is asked for, watched as JSON, fetched as a ZIP archive, and holds with the network off', async () => {
  const token = owner.accessToken
  const { id, state } = await ask(token)
  expect(state).toBe('waiting')
  const before = await api.call('GET', `/api/audit/packs/${id}`, { token })
  expect(before).toMatchObject({ status: 200, body: { id, state: 'waiting', progress: { percent: 0 } } })
  await work()
  const accept = { accept: 'application/json' }
  const after = await api.call('GET', `/api/audit/packs/${id}`, { token, headers: accept })
  expect(after.body).toMatchObject({ state: 'ready', progress: { percent: 100 }, availableUntil: expect.any(String) })
  const { items } = (await api.call('GET', '/api/audit/packs', { token })).body as { items: { id: string }[] }
  expect(items.map((pack) => pack.id)).toEqual([id])

  const response = await fetched(id, owner)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="pack-${id}.zip"`)
  const path = await saved(response)
  expect(await verifyPack(path, trust())).toMatchObject({ outcome: 'ok', about: { packId: id } })
  expect([...(await readZip(path)).keys()]).toEqual(
    expect.arrayContaining(['index.html', 'completeness.json', 'versions.ndjson', 'invoices.ndjson', 'ai-uses.ndjson']),
  )
  const log = await api.call('GET', `/api/audit/events?objectId=${id}`, { token })
  const actions = (log.body as { items: { action: string; actor: { id: string } }[] }).items
  expect(actions.map(({ action }) => action)).toEqual(['pack.downloaded', 'pack.finished', 'pack.exported'])
  expect(actions[0]?.actor.id).toBe(owner.userId)
})

test('a pack is for the owner: not for members, other firms, strangers or those who guess', async () => {
  const { id } = await ask(owner.accessToken)
  await work()
  const [member, stranger] = [await api.memberOf(owner), await api.signUp()]
  const get = (token?: string, pack = id) =>
    api.call('GET', `/api/audit/packs/${pack}`, token === undefined ? {} : { token })
  expectProblem(await get(member.accessToken), 403, 'forbidden')
  expectProblem(await get(stranger.accessToken), 404, 'not_found')
  expectProblem(await get(), 401, 'unauthenticated')
  expectProblem(await get(owner.accessToken, 'no-id'), 404, 'not_found')
  expectProblem(await get(owner.accessToken, randomUUID()), 404, 'not_found')
})

test('an inspector asks for a pack within the grant, and is out when the grant is', async () => {
  const inspector = await api.staff('inspector')
  const admin = await api.staff('admin')
  const granted = await api.call('POST', '/api/admin/inspector-grants', {
    token: admin.accessToken,
    body: {
      advisorId: owner.advisorId,
      inspectorEmail: inspector.email,
      scopes: ['audit', 'content'],
      validFrom: api.clock.now().toISOString(),
      validUntil: new Date(api.clock.now().getTime() + 3_600_000).toISOString(),
      reason: 'inspection 12 of 2026',
    },
  })
  const { id: grantId } = granted.body as { id: string }
  const headers = { 'x-advisor-id': owner.advisorId }
  const { id, recipient } = await ask(inspector.accessToken, headers)
  expect(recipient).toBe(`inspector ${inspector.userId}, grant ${grantId}`)
  await work()
  const path = await saved(await fetched(id, inspector, headers))
  const report = await verifyPack(path, trust())
  expect(report).toMatchObject({ outcome: 'ok', about: { recipient } })
  const names = [...(await readZip(path)).keys()]
  expect(names).toContain('versions.ndjson')
  expect(names).not.toContain('verdicts.ndjson')
  await api.call('DELETE', `/api/admin/inspector-grants/${grantId}`, { token: admin.accessToken })
  expect((await fetched(id, inspector, headers)).status).toBe(404)
})
