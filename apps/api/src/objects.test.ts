import { randomUUID } from 'node:crypto'
import { runReconciliation } from '@pramaan/core/billing'
import { runStage } from '@pramaan/core/compliance'
import { Scope } from '@pramaan/shared'
import { appRouter } from '@pramaan/trpc'
import { jsonSchemaOf, type RestRoute, restRoutes } from '@pramaan/trpc/rest'
import { beforeAll, expect, test } from 'vitest'
import { type Answer, expectProblem, type Person, testApi } from '../testing/index.ts'
import { isPublic, tableByProcedure } from '../testing/use-case-of.ts'

const api = await testApi()
const table = await tableByProcedure()
const routes = restRoutes(appRouter)

/** What a firm has, each by a real row of its own. */
interface Firm {
  person: Person
  key: string
  contentId: string
  approvedId: string
  suggestionId: string
  verdictId: string
  recipientId: string
  campaignId: string
  endpointId: string
  templateId: string
  memberId: string
  sessionId: string
  keyId: string
  licenceId: string
  invitationId: string
  entryId: string
  packId: string
  invoiceId: string
  exportId: string
  /** A word that stands in a text of theirs. */
  word: string
}
/** Both use it: an external id is the caller's own name for a text. */
const EXTERNAL_ID = 'crm-1'
let theirs: Firm
let mine: Firm

beforeAll(async () => {
  theirs = await makeFirm()
  mine = await makeFirm()
})

async function makeFirm(): Promise<Firm> {
  const person = await api.signUp()
  const { advisorId, userId, accessToken: token } = person
  await api.sql(`update advisors set tier = 'pro', auto_approve_clean = true where id = $1`, [advisorId])
  await api.sql(`update licences set state = 'verified' where advisor_id = $1`, [advisorId])
  const post = async (path: string, body: unknown) => {
    const answer = await api.call('POST', path, { token, body })
    expect(answer.status, JSON.stringify(answer.body)).toBe(201)
    return answer.body as Record<string, string>
  }
  const word = randomUUID()
  const { contentId = '' } = await post('/api/content', {
    content: `Save a little every month. ${word}`,
    externalId: EXTERNAL_ID,
  })
  const { contentId: approvedId = '' } = await post('/api/content', { content: CLEAN, submit: true })
  await runChecks()
  const consent = { source: 'form', wording: 'Send me updates.', givenAt: '2026-11-01T00:00:00.000Z' }
  const phone = `+9198${Math.floor(Math.random() * 90_000_000) + 10_000_000}`
  const { id: recipientId = '' } = await post('/api/recipients', { phone, name: 'Meera', consent })
  await api.sql(
    `insert into whatsapp_connections (advisor_id, id, waba_id, phone_number_id, access_token, pin, state, step, template_status, updated_at)
     values ($1, $2, 'waba', $3, 'x', 'x', 'connected', 'done', 'APPROVED', now())`,
    [advisorId, randomUUID(), randomUUID()],
  )
  const templateId = randomUUID()
  await api.sql(
    `insert into whatsapp_templates (advisor_id, id, waba_id, provider_id, name, language, status, category, updated_at)
     values ($1, $2, 'waba', '1', $3, 'en', 'DISABLED', 'UTILITY', now())`,
    [advisorId, templateId, word],
  )
  const { id: campaignId = '' } = await post('/api/campaigns', { contentId: approvedId, recipientIds: [recipientId] })
  await api.sql(
    `insert into deliveries (advisor_id, id, campaign_id, recipient_id, due_at, created_at, updated_at) values ($1, $2, $3, $4, now(), now(), now())`,
    [advisorId, randomUUID(), campaignId, recipientId],
  )
  const [verdict] = await api.sql<{ id: string }>('select id from verdicts where content_id = $1', [approvedId])
  const verdictId = verdict?.id ?? ''
  const suggestionId = await suggestionFor(advisorId, contentId)
  const { id: endpointId = '' } = await post('/api/webhook-endpoints', {
    url: 'https://hooks.example.com/pramaan',
    events: ['content.approved'],
  })
  const { userId: memberId } = await api.memberOf(person)
  const { email, password } = person
  await api.call('POST', '/api/auth/login', { body: { email, password } })
  const sessions = await api.call('GET', '/api/auth/sessions', { token })
  const { items } = sessions.body as { items: { id: string; current: boolean }[] }
  const sessionId = items.find(({ current }) => !current)?.id ?? ''
  const { id: keyId = '' } = await post('/api/api-keys', { name: 'CRM', scopes: ['content:read'] })
  const key = await api.apiKey(person, Scope.options)
  const { id: invitationId = '' } = await post('/api/advisor/members', { email: `${randomUUID()}@example.test` })
  const [licence] = await api.sql<{ id: string }>('select id from licences where advisor_id = $1', [advisorId])
  const licenceId = licence?.id ?? ''
  const [entry] = await api.sql<{ id: string }>('select max(id) as id from audit_entries where advisor_id = $1', [
    advisorId,
  ])
  const entryId = entry?.id ?? ''
  expect([userId, sessionId, keyId, licenceId, invitationId].every((id) => id !== '')).toBe(true)
  const invoiceId = await paidInvoice(person)
  const asked = await api.call('POST', '/api/analytics/exports', { token, body: { report: 'overview', format: 'csv' } })
  const { id: exportId = '' } = asked.body as { id?: string }
  const packId = await askForPack(person)
  expect([invoiceId, userId, sessionId, keyId, licenceId, invitationId].every((id) => id !== '')).toBe(true)
  return {
    person,
    key,
    contentId,
    approvedId,
    suggestionId,
    verdictId,
    recipientId,
    campaignId,
    endpointId,
    templateId,
    memberId,
    sessionId,
    keyId,
    licenceId,
    invitationId,
    entryId,
    packId,
    invoiceId,
    exportId,
    word,
  }
}

async function askForPack({ accessToken: token }: Person): Promise<string> {
  const asked = await api.call('POST', '/api/audit/packs', { token, body: { from: '2026-11-01', to: '2026-11-30' } })
  expect(asked.status).toBe(202)
  return (asked.body as { id: string }).id
}

/** The invoice of a plan that the firm books and pays at the double. */
async function paidInvoice({ accessToken: token, advisorId }: Person): Promise<string> {
  const { body } = await api.call('POST', '/api/billing/subscribe', { token, body: { plan: 'pro' } })
  const { id: subscriptionId, checkout } = body as { id: string; checkout: { url: string } }
  expect((await fetch(checkout.url, { method: 'POST', body: new URLSearchParams({ method: 'upi' }) })).status).toBe(200)
  const actor = { kind: 'system', name: 'test' } as const
  const ctx = api.deps.context({ actor, advisorId: null, requestId: 'test', ip: null })
  await runReconciliation(ctx, { advisorId, subscriptionId })
  const invoices = await api.call('GET', '/api/billing/invoices', { token })
  return (invoices.body as { items: { id: string }[] }).items[0]?.id ?? ''
}

const CLEAN = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'

/** Words that a reviewer proposed for a text, and that wait for an answer. */
async function suggestionFor(advisorId: string, contentId: string): Promise<string> {
  const [reviewId, suggestionId] = [randomUUID(), randomUUID()]
  await api.sql(
    `insert into reviews (advisor_id, id, content_id, version_id, verdict_id, author_id, path, score, state, due_at, updated_at)
     select advisor_id, $2, id, version_id, $2, created_by, 'firm', 0, 'suggested', now(), now()
     from contents where advisor_id = $1 and id = $3`,
    [advisorId, reviewId, contentId],
  )
  await api.sql(
    `insert into review_suggestions (advisor_id, id, review_id, content_id, suggested_by, content, note, updated_at)
     values ($1, $2, $3, $4, $2, 'Other words.', 'Clearer.', now())`,
    [advisorId, suggestionId, reviewId, contentId],
  )
  return suggestionId
}

/** The worker's part: the stages of all checks that wait. */
async function runChecks() {
  const take = () =>
    api.sql<{ payload: { data: unknown } }>(`delete from outbox where queue = 'compliance.run-stage' returning payload`)
  const actor = { kind: 'system', name: 'test' } as const
  const ctx = api.deps.context({ actor, advisorId: null, requestId: 'test', ip: null })
  for (let jobs = await take(); jobs.length > 0; jobs = await take()) {
    for (const { payload } of jobs) await runStage(ctx, payload.data)
  }
}

/**
 * What each procedure that takes an id is asked about: objects of `of`, beside whatever else must be right, which is of
 * `by`, who asks. Several lines where several ids could be foreign.
 */
const ABOUT: Record<string, ((of: Firm, by: Firm) => Record<string, unknown>)[]> = {
  'auth.endSession': [({ sessionId }) => ({ id: sessionId })],
  'advisor.setMemberRole': [({ memberId }) => ({ userId: memberId, role: 'owner' })],
  'advisor.removeMember': [({ memberId }) => ({ userId: memberId })],
  'invitations.resend': [({ invitationId }) => ({ id: invitationId })],
  'invitations.cancel': [({ invitationId }) => ({ id: invitationId })],
  'licences.submitEvidence': [({ licenceId }) => ({ id: licenceId, type: 'reference', data: 'certificate no. 1' })],
  'apiKeys.rotate': [({ keyId }) => ({ id: keyId, graceHours: 1 })],
  'apiKeys.revoke': [({ keyId }) => ({ id: keyId })],
  'analytics.export': [({ exportId }) => ({ id: exportId })],
  'billing.invoice': [({ invoiceId }) => ({ id: invoiceId })],
  'content.get': [({ contentId }) => ({ id: contentId })],
  'content.revise': [({ contentId }) => ({ id: contentId, content: 'Another text.' })],
  'content.submit': [({ contentId }) => ({ id: contentId })],
  'content.withdraw': [({ contentId }) => ({ id: contentId })],
  'content.appeal': [({ contentId }) => ({ id: contentId, reason: 'It quotes a client.' })],
  'content.suggestions': [({ contentId }) => ({ id: contentId })],
  'content.acceptSuggestion': [
    ({ contentId, suggestionId }) => ({ id: contentId, suggestionId }),
    ({ suggestionId }, by) => ({ id: by.contentId, suggestionId }),
  ],
  'content.declineSuggestion': [({ contentId, suggestionId }) => ({ id: contentId, suggestionId })],
  'content.versions': [({ contentId }) => ({ id: contentId })],
  'content.verdicts': [({ approvedId }) => ({ id: approvedId })],
  'content.audit': [
    ({ contentId }) => ({ id: contentId }),
    ({ recipientId }) => ({ id: recipientId }),
    ({ keyId }) => ({ id: keyId }),
  ],
  'audit.proof': [({ entryId }) => ({ id: entryId })],
  'audit.receipt': [({ entryId }) => ({ id: entryId })],
  'audit.pack': [({ packId }) => ({ id: packId })],
  'verdicts.replay': [({ verdictId }) => ({ id: verdictId })],
  'approvals.get': [({ approvedId }) => ({ contentId: approvedId })],
  'recipients.optOut': [({ recipientId }) => ({ id: recipientId })],
  'campaigns.create': [
    ({ approvedId }, by) => ({ contentId: approvedId, recipientIds: [by.recipientId] }),
    ({ recipientId }, by) => ({ contentId: by.approvedId, recipientIds: [recipientId] }),
    ({ recipientId }, by) => ({ contentId: by.approvedId, recipientIds: [by.recipientId, recipientId] }),
    ({ templateId }, by) => ({ contentId: by.approvedId, recipientIds: [by.recipientId], templateId }),
  ],
  'recipients.setSegments': [({ recipientId }) => ({ id: recipientId, segments: ['x'] })],
  'campaigns.preview': [
    ({ recipientId }, by) => ({ recipientIds: [by.recipientId, recipientId] }),
    ({ templateId }, by) => ({ recipientIds: [by.recipientId], templateId }),
  ],
  'campaigns.pause': [({ campaignId }) => ({ id: campaignId })],
  'campaigns.resume': [({ campaignId }) => ({ id: campaignId })],
  'campaigns.recall': [({ campaignId }) => ({ id: campaignId })],
  'campaigns.share': [({ approvedId }) => ({ contentId: approvedId })],
  'webhookEndpoints.replay': [
    ({ endpointId }) => ({ id: endpointId, from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' }),
  ],
  'whatsappTemplates.edit': [({ templateId }) => ({ id: templateId, body: 'Other words.' })],
  'whatsappTemplates.delete': [({ templateId }) => ({ id: templateId })],
  'webhookEndpoints.remove': [({ endpointId }) => ({ id: endpointId })],
  'campaigns.get': [({ campaignId }) => ({ id: campaignId })],
  'campaigns.deliveries': [({ campaignId }) => ({ id: campaignId })],
  'campaigns.cancel': [({ campaignId }) => ({ id: campaignId })],
  'privacy.eraseRecipient': [({ recipientId }) => ({ id: recipientId, confirm: 'ERASE' })],
}

/** Procedures with an id that names no object of a firm, or only narrows what the caller sees of their own. */
const NO_OBJECT: Record<string, (of: Firm) => Record<string, unknown>> = {
  'content.create': () => ({ content: 'A text of my own.', externalId: 'crm-2' }),
  'audit.events': ({ contentId }) => ({ objectId: contentId }),
  'analytics.rows': ({ contentId }) => ({ contentId, kind: 'text.judged' }),
}

/** Those that answer with more than one thing of the caller's. */
const LISTS = routes.filter(
  ({ name, pathKeys, rest }) => !isPublic(name) && rest.method === 'GET' && pathKeys.length === 0,
)

const forStaff = (name: string) => table[name]?.access.firm === undefined && table[name]?.access.people !== true
/** Names in WhatsApp's world; whose number it is, WhatsApp decides. */
const VENDORS = ['wabaId', 'phoneNumberId']
const takesId = ({ input }: RestRoute) =>
  Object.keys(jsonSchemaOf(input, 'input').properties ?? {}).some(
    (field) => /^id$|Ids?$/.test(field) && !VENDORS.includes(field),
  )

test('every procedure of a firm that takes an id is asked below about the objects of another one', () => {
  const names = routes.filter((route) => !isPublic(route.name) && !forStaff(route.name) && takesId(route))
  expect([...Object.keys(ABOUT), ...Object.keys(NO_OBJECT)].sort()).toEqual(names.map(({ name }) => name).sort())
})

function call(name: string, token: string, input: Record<string, unknown>): Promise<Answer> {
  const route = routes.find((one) => one.name === name)
  if (!route) throw new Error(`no route ${name}`)
  const path = route.pathKeys.reduce(
    (made, key) => made.replace(`{${key}}`, String(input[key])),
    `/api${route.rest.path}`,
  )
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !route.pathKeys.includes(key)))
  if (route.rest.method !== 'GET') return api.call(route.rest.method, path, { token, body: rest })
  const query = new URLSearchParams(rest as Record<string, string>).toString()
  return api.call('GET', query === '' ? path : `${path}?${query}`, { token })
}

/** Everything that the database knows about a firm, as one text for each table. */
async function everythingOf({ person }: Firm): Promise<Record<string, string>> {
  const tables = await api.sql<{ name: string }>(
    `select table_name as name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where table_schema = 'public' and column_name = 'advisor_id' and table_type = 'BASE TABLE' order by 1`,
  )
  const all: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await api.sql<{ text: string | null }>(
      `select string_agg(t::text, E'\\n' order by t::text) as text from ${name} t where advisor_id = $1`,
      [person.advisorId],
    )
    all[name] = row?.text ?? ''
  }
  return all
}

/** What a firm's answers could give away: its ids and its words. A sequence is too short to be told from other numbers. */
const tracesOf = ({ person, entryId: _, ...ids }: Firm) => [
  person.advisorId,
  person.userId,
  person.email,
  ...Object.values(ids),
]

const cases = Object.entries(ABOUT).flatMap(([name, variants]) => variants.map((about, i) => [name, i, about] as const))

test.each(cases)(
  'security.md 46, 77: %s (%i) knows no object of another firm, and changes nothing of it',
  async (name, _, about) => {
    const before = await everythingOf(theirs)
    const scope = table[name]?.access.scope
    for (const token of [mine.person.accessToken, ...(scope ? [mine.key] : [])]) {
      const answer = await call(name, token, about(theirs, mine))
      expectProblem(answer, 404, 'not_found')
      const text = JSON.stringify(answer.body)
      expect(tracesOf(theirs).filter((trace) => text.includes(trace))).toEqual([])
    }
    expect(await everythingOf(theirs)).toEqual(before)
  },
)

test('security.md 46: a filter, a list or an external id shows nothing of another firm', async () => {
  await call('content.create', theirs.person.accessToken, { content: 'A text.', externalId: 'crm-2' })
  const before = await everythingOf(theirs)
  for (const [name, about] of Object.entries(NO_OBJECT)) {
    const { status, body } = await call(name, mine.person.accessToken, about(theirs))
    expect([name, status]).toEqual([name, name === 'content.create' ? 201 : 200])
    if (name === 'audit.events') expect(body).toEqual({ items: [], nextCursor: null })
  }
  for (const { name } of LISTS) {
    if (forStaff(name)) continue
    for (const token of [mine.person.accessToken, mine.key]) {
      const text = JSON.stringify((await call(name, token, {})).body)
      expect(
        tracesOf(theirs).filter((trace) => text.includes(trace)),
        name,
      ).toEqual([])
    }
  }
  expect(await everythingOf(theirs)).toEqual(before)
})

test('security.md 49: a cursor of one firm is refused in the list of another', async () => {
  await call('content.create', theirs.person.accessToken, { content: 'One more text.' })
  const { body } = await api.call('GET', '/api/content?limit=1', { token: theirs.person.accessToken })
  const { nextCursor } = body as { nextCursor: string }
  const foreign = await api.call('GET', `/api/content?cursor=${nextCursor}`, { token: mine.person.accessToken })
  expectProblem(foreign, 400, 'invalid_cursor')
})

test('the objects were real: their own firm is understood by every one of these calls', async () => {
  for (const [name, , about] of cases) {
    const firm = name === 'campaigns.create' ? mine : theirs
    const { status, body } = await call(name, firm.person.accessToken, about(firm, firm))
    expect([200, 201, 202, 409], `${name}: ${JSON.stringify(body)}`).toContain(status)
  }
})
