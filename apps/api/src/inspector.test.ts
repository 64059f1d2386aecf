import { randomUUID } from 'node:crypto'
import { appRouter } from '@pramaan/trpc'
import { restRoutes } from '@pramaan/trpc/rest'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'
import { sampleInput } from '../testing/sample.ts'

const api = await testApi()
const people = {} as Record<'owner' | 'stranger' | 'admin' | 'inspector' | 'other', Person>
let contentId = ''
/** The access tokens of the test outlive the few minutes that it lasts. */
const MINUTE_MS = 60_000

beforeAll(async () => {
  people.owner = await api.signUp()
  people.stranger = await api.signUp()
  people.admin = await api.staff('admin')
  people.inspector = await api.staff('inspector')
  people.other = await api.staff('inspector')
  const body = { content: 'A monthly SIP builds the habit of saving.' }
  const made = await api.call('POST', '/api/content', { token: people.owner.accessToken, body })
  contentId = (made.body as { contentId: string }).contentId
})

const inMinutes = (minutes: number) => new Date(api.clock.now().getTime() + minutes * MINUTE_MS).toISOString()

/** An administrator opens the owner's account to the inspector. */
async function grant(scopes: string[], { from = 0, until = 24, to = people.inspector.email } = {}): Promise<string> {
  const body = {
    advisorId: people.owner.advisorId,
    inspectorEmail: to,
    scopes,
    validFrom: inMinutes(from),
    validUntil: inMinutes(until),
    reason: 'inspection 12 of 2026',
  }
  const answer = await api.call('POST', '/api/admin/inspector-grants', { token: people.admin.accessToken, body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return (answer.body as { id: string }).id
}
const revoke = (id: string) =>
  api.call('DELETE', `/api/admin/inspector-grants/${id}`, { token: people.admin.accessToken })

/** Looks into the owner's account. */
const look = (path: string, { as = people.inspector, into = people.owner.advisorId } = {}) =>
  api.call('GET', path, { token: as.accessToken, headers: { 'x-advisor-id': into } })

const readsBy = async (person: Person) =>
  api.sql<{ advisor_id: string; object_id: string; object_type: string; body: { detail: Record<string, string> } }>(
    `select advisor_id, object_id, object_type, body from audit_entries where action = 'inspector.read' and actor_id = $1 order by id`,
    [person.userId],
  )

describe('an inspector', () => {
  test('sees nothing before the grant, everything in it, and nothing after it', async () => {
    const inspector = await api.staff('inspector')
    const id = await grant(['content'], { from: 1, until: 2, to: inspector.email })
    expectProblem(await look('/api/content', { as: inspector }), 404, 'not_found')
    api.clock.advance(MINUTE_MS - 1)
    expectProblem(await look('/api/content', { as: inspector }), 404, 'not_found')
    api.clock.advance(1)
    const seen = await look('/api/content', { as: inspector })
    expect((seen.body as { items: { contentId: string }[] }).items.map((item) => item.contentId)).toEqual([contentId])
    api.clock.advance(MINUTE_MS - 1)
    expect((await look('/api/content', { as: inspector })).status).toBe(200)
    api.clock.advance(1)
    expectProblem(await look('/api/content', { as: inspector }), 404, 'not_found')
    expect(await readsBy(inspector)).toHaveLength(2)
    const refused = await api.sql(`select 1 from audit_entries where action = 'inspection.refused' and actor_id = $1`, [
      inspector.userId,
    ])
    expect(refused).toHaveLength(3)
    expect(id).not.toBe('')
  })

  test('is out with the next request after the grant was revoked', async () => {
    const id = await grant(['content'])
    expect((await look('/api/content')).status).toBe(200)
    expect(await revoke(id)).toMatchObject({ status: 200, body: { revokedAt: expect.any(String) } })
    expectProblem(await look('/api/content'), 404, 'not_found')
    expectProblem(await revoke(id), 409, 'invalid_state')
    expectProblem(await revoke(randomUUID()), 404, 'not_found')
  })

  test('reads through each scope its own reads, and is refused the others', async () => {
    const reads: Record<string, string[]> = {
      content: ['/api/content', `/api/content/${contentId}`, `/api/content/${contentId}/versions`],
      verdicts: [`/api/content/${contentId}/verdicts`, `/api/compliance/firm-rules`],
      approvals: [`/api/approvals/${contentId}`],
      deliveries: [`/api/campaigns/${randomUUID()}`, `/api/campaigns/${randomUUID()}/deliveries`],
      audit: ['/api/audit/events', '/api/audit/packs', '/api/compliance/ai-uses', `/api/content/${contentId}/audit`],
    }
    for (const scope of Object.keys(reads)) {
      const id = await grant([scope])
      for (const [other, paths] of Object.entries(reads)) {
        for (const path of paths) {
          const answer = await look(path)
          if (other === scope) expect([200, 404], `${path} in ${scope}`).toContain(answer.status)
          else expectProblem(answer, 403, 'forbidden')
        }
      }
      await revoke(id)
    }
  })

  test('reads nothing else, writes nothing, whatever the scopes', async () => {
    const id = await grant(['content', 'verdicts', 'approvals', 'deliveries', 'audit'])
    const open = new Set(['content.list', 'content.get', 'content.versions', 'content.verdicts', 'content.audit'])
    for (const name of ['approvals.get', 'campaigns.get', 'campaigns.deliveries', 'audit.events']) open.add(name)
    for (const name of [
      'audit.checkpoints',
      'audit.proof',
      'audit.receipt',
      'audit.consistency',
      // A pack is made of what the grant lets an inspector read anyhow.
      'audit.requestPack',
      'audit.packs',
      'audit.pack',
      'compliance.aiUses',
      'compliance.firmRules',
      'compliance.profile',
      'verdicts.replay',
    ])
      open.add(name)
    const before = await api.sql('select count(*)::int as n from contents')
    for (const route of restRoutes(appRouter)) {
      if (open.has(route.name) || route.meta.access === 'public') continue
      const input = sampleInput(route.input) as Record<string, unknown>
      const path = route.pathKeys.reduce((made, key) => made.replace(`{${key}}`, String(input[key])), route.rest.path)
      const body = Object.fromEntries(Object.entries(input).filter(([key]) => !route.pathKeys.includes(key)))
      const isRead = route.rest.method === 'GET'
      const query = isRead ? `?${new URLSearchParams(body as Record<string, string>)}` : ''
      const answer = await api.call(route.rest.method, `/api${path}${query}`, {
        token: people.inspector.accessToken,
        headers: { 'x-advisor-id': people.owner.advisorId },
        ...(isRead ? {} : { body }),
      })
      expectProblem(answer, 403, 'forbidden')
    }
    expect(await api.sql('select count(*)::int as n from contents')).toEqual(before)
    await revoke(id)
  })

  test('sees no other firm, and another inspector sees nothing under this grant', async () => {
    const id = await grant(['content', 'audit'])
    for (const into of [people.stranger.advisorId, randomUUID(), 'no-id', '', `${people.owner.advisorId}, x`]) {
      expectProblem(await look('/api/content', { into }), 404, 'not_found')
    }
    expectProblem(await look('/api/content', { as: people.other }), 404, 'not_found')
    const theirs = await api.call('POST', '/api/content', {
      token: people.stranger.accessToken,
      body: { content: 'Another firm writes.' },
    })
    expectProblem(await look(`/api/content/${(theirs.body as { contentId: string }).contentId}`), 404, 'not_found')
    expectProblem(await api.call('GET', '/api/content', { token: people.inspector.accessToken }), 403, 'forbidden')
    await revoke(id)
  })

  test('leaves an entry in the log of the firm before each answer, with object, scope and grant', async () => {
    const inspector = await api.staff('inspector')
    const id = await grant(['content', 'audit'], { to: inspector.email })
    await look(`/api/content/${contentId}`, { as: inspector })
    const missing = randomUUID()
    expectProblem(await look(`/api/content/${missing}`, { as: inspector }), 404, 'not_found')
    expect(
      (await readsBy(inspector)).map(({ advisor_id, object_id, object_type, body }) => [
        advisor_id,
        object_type,
        object_id,
        body.detail,
      ]),
    ).toEqual([
      [people.owner.advisorId, 'content', contentId, { read: 'content.get', scope: 'content', grantId: id }],
      [people.owner.advisorId, 'content', missing, { read: 'content.get', scope: 'content', grantId: id }],
    ])
    const log = await api.call('GET', '/api/audit/events?action=inspector.read', { token: people.owner.accessToken })
    const items = (log.body as { items: { actor: { id: string; role: string } }[] }).items
    expect(items.filter(({ actor }) => actor.id === inspector.userId)).toHaveLength(2)
    expect(items[0]?.actor.role).toBe('inspector')
    await revoke(id)
  })

  test('reads nothing that cannot be written down', async () => {
    const id = await grant(['content'])
    await api.sql(`create function refuse_reads() returns trigger language plpgsql as $$
      begin if new.action = 'inspector.read' then raise exception 'the log is full'; end if; return new; end $$`)
    await api.sql(
      'create trigger refuse_reads before insert on audit_entries for each row execute function refuse_reads()',
    )
    const answer = await look(`/api/content/${contentId}`)
    await api.sql('drop trigger refuse_reads on audit_entries')
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(JSON.stringify(answer.body)).not.toContain('SIP')
    expect((await look(`/api/content/${contentId}`)).status).toBe(200)
    await revoke(id)
  })

  test('may try sixty times a minute without a grant, and each try is written down', async () => {
    const inspector = await api.staff('inspector')
    for (let index = 0; index < 60; index++) {
      expectProblem(await look('/api/content', { as: inspector, into: randomUUID() }), 404, 'not_found')
    }
    expectProblem(await look('/api/content', { as: inspector }), 429, 'rate_limited')
    const refused = `select 1 from audit_entries where action = 'inspection.refused' and actor_id = $1`
    expect(await api.sql(refused, [inspector.userId])).toHaveLength(60)
  })

  test('is counted by the rate limit as a person of their own, not for the firm', async () => {
    const id = await grant(['content'])
    const answer = await look('/api/content')
    expect(answer.headers.get('ratelimit-policy')).toContain('"staff"')
    await revoke(id)
  })

  test('reads by tRPC under the same rules', async () => {
    const id = await grant(['content'])
    const headers = { 'x-advisor-id': people.owner.advisorId }
    const token = people.inspector.accessToken
    const input = encodeURIComponent(JSON.stringify({ id: contentId }))
    expect((await api.call('GET', `/trpc/content.get?input=${input}`, { token, headers })).status).toBe(200)
    expect((await api.call('GET', `/trpc/content.verdicts?input=${input}`, { token, headers })).status).toBe(403)
    const body = { content: 'An inspector writes.' }
    expect((await api.call('POST', '/trpc/content.create', { token, headers, body })).status).toBe(403)
    await revoke(id)
    expect((await api.call('GET', `/trpc/content.get?input=${input}`, { token, headers })).status).toBe(404)
  })

  test('finds their own grants in the list, and an administrator all', async () => {
    const [mine, theirs] = [await grant(['audit']), await grant(['audit'], { to: people.other.email })]
    const idsFor = async (person: Person) => {
      const { body } = await api.call('GET', '/api/admin/inspector-grants?limit=100', { token: person.accessToken })
      return (body as { items: { id: string }[] }).items.map(({ id }) => id)
    }
    expect(await idsFor(people.admin)).toEqual(expect.arrayContaining([mine, theirs]))
    expect(await idsFor(people.inspector)).toContain(mine)
    expect(await idsFor(people.inspector)).not.toContain(theirs)
    await Promise.all([revoke(mine), revoke(theirs)])
  })
})

test("nobody else's header is looked at", async () => {
  const headers = { 'x-advisor-id': people.owner.advisorId }
  const list = await api.call('GET', '/api/content', { token: people.stranger.accessToken, headers })
  const items = (list.body as { items: { contentId: string }[] }).items
  expect(items.map((item) => item.contentId)).not.toContain(contentId)
  expectProblem(await api.call('GET', '/api/content', { token: people.admin.accessToken, headers }), 403, 'forbidden')
})

test('a grant is for an inspector, for an advisor, and for a period in the future of at most 366 days', async () => {
  const good = {
    advisorId: people.owner.advisorId,
    inspectorEmail: people.inspector.email,
    scopes: ['content'],
    validUntil: inMinutes(1),
    reason: 'inspection',
  }
  const refusals: [Record<string, unknown>, number, string][] = [
    [{ inspectorEmail: people.owner.email }, 404, 'not_found'],
    [{ inspectorEmail: people.admin.email }, 404, 'not_found'],
    [{ advisorId: randomUUID() }, 404, 'not_found'],
    [{ validUntil: inMinutes(-1) }, 400, 'invalid_input'],
    [{ validFrom: inMinutes(2) }, 400, 'invalid_input'],
    [{ validUntil: inMinutes(367 * 24 * 60) }, 400, 'invalid_input'],
    [{ scopes: [] }, 400, 'invalid_input'],
    [{ scopes: ['everything'] }, 400, 'invalid_input'],
    [{ reason: '' }, 400, 'invalid_input'],
  ]
  for (const [change, status, code] of refusals) {
    const body = { ...good, ...change }
    const answer = await api.call('POST', '/api/admin/inspector-grants', { token: people.admin.accessToken, body })
    expectProblem(answer, status, code)
  }
})
