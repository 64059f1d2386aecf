import { ACCESS, type Access, type UseCaseName } from '@pramaan/core/platform/access'
import { Scope } from '@pramaan/shared'
import { appRouter } from '@pramaan/trpc'
import { restRoutes } from '@pramaan/trpc/rest'
import { PUBLIC_LIMIT } from '@pramaan/trpc/trpc'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, expectProblem, type Person, testApi } from '../testing/index.ts'
import { sampleInput } from '../testing/sample.ts'
import { isPublic, procedures, tableByProcedure } from '../testing/use-case-of.ts'

type Role = 'owner' | 'member' | 'reviewer' | 'admin' | 'inspector'
const ROLES: Role[] = ['owner', 'member', 'reviewer', 'admin', 'inspector']

const routes = restRoutes(appRouter)
const table = await tableByProcedure()
const api = await testApi()
const people = {} as Record<Role, Person>
const keyOf = { every: '', only: {} as Record<Scope, string>, without: {} as Record<Scope, string> }

beforeAll(async () => {
  people.owner = await api.signUp()
  await api.sql(`update advisors set tier = 'pro' where id = $1`, [people.owner.advisorId])
  for (const role of ['reviewer', 'admin', 'inspector'] as const) people[role] = await api.staff(role)
  people.member = await api.memberOf(people.owner)
  keyOf.every = await api.apiKey(people.owner, Scope.options)
  for (const scope of Scope.options) {
    keyOf.only[scope] = await api.apiKey(people.owner, [scope])
    const others = Scope.options.filter((other) => other !== scope)
    keyOf.without[scope] = await api.apiKey(people.owner, others)
  }
})

const has = (access: Access, role: Role): boolean =>
  access.people === true ||
  (role === 'owner' || role === 'member' ? access.firm?.includes(role) : access.staff?.includes(role)) === true

test('every procedure can be called by REST, so that the matrix below leaves none out', () => {
  expect(routes.map(({ name }) => name).sort()).toEqual(Object.keys(procedures).sort())
})

test('a procedure is public exactly where its use case is for strangers', () => {
  const open = Object.values(table).filter(({ access }) => access.strangers)
  expect(open).toEqual([])
})

test('every line of the access table that is for people or keys can be reached by a procedure', () => {
  const reached = new Set(Object.values(table).map(({ useCase }) => useCase))
  const INNER: UseCaseName[] = [
    'credentials.refuse',
    'whatsapp.record_step',
    'whatsapp.fail_connecting',
    'whatsapp_template.record',
    'recipient.import_batch',
    'billing.get_invoice_pdf',
    'subscription.open',
    'subscription.record_checkout',
    'subscription.decide_end',
    'subscription.record_wish',
    'audit.open_pack',
    'audit.download_pack',
    'inspection.open',
    'subscription.record_opening',
  ]
  const lines = Object.entries(ACCESS as Record<UseCaseName, Access>)
  const meant = lines.filter(([, { strangers, people: all, staff, firm }]) => !strangers && (all || staff || firm))
  expect(meant.map(([name]) => name).filter((name) => !reached.has(name as UseCaseName))).toEqual(INNER)
})

/** Let in, these hear that the password or code of the sample is not theirs. */
const ASKS_PROOF = new Set(['auth.changePassword', 'auth.stepUp', 'auth.confirmTotp', 'privacy.erase'])

/** Ends sign-ins of the person who calls; the others prove their gate. */
const ENDS_SESSIONS = new Set(['auth.logout', 'auth.logoutAll'])

describe.each(routes)('security.md 45: $name', (route) => {
  const address = () => {
    const input = sampleInput(route.input) as Record<string, unknown>
    const keys = Object.entries(input).filter(([key]) => route.pathKeys.includes(key))
    const path = keys.reduce((made, [key, value]) => made.replace(`{${key}}`, String(value)), `/api${route.rest.path}`)
    const body = Object.fromEntries(Object.entries(input).filter(([key]) => !route.pathKeys.includes(key)))
    return { path, body, input }
  }
  const callAs = (token: string | undefined) => {
    const { path, body } = address()
    const options = token === undefined ? {} : { token }
    if (route.rest.method !== 'GET') return api.call(route.rest.method, path, { ...options, body })
    const query = new URLSearchParams(body as Record<string, string>).toString()
    return api.call('GET', query === '' ? path : `${path}?${query}`, options)
  }
  const callTrpcAs = (token: string | undefined) => {
    const { input } = address()
    const options = token === undefined ? {} : { token }
    return procedures[route.name]?._def.type === 'query'
      ? api.call('GET', `/trpc/${route.name}?input=${encodeURIComponent(JSON.stringify(input))}`, options)
      : api.call('POST', `/trpc/${route.name}`, { ...options, body: input })
  }
  const errorOf = ({ body }: Answer) =>
    (body as { error?: { message: string; data: { code: string } } }).error ?? { message: '', data: { code: '' } }
  const expectRefused = async (token: string, detail: string) => {
    const answer = await callAs(token)
    expectProblem(answer, 403, 'forbidden')
    expect((answer.body as { detail: string }).detail).toContain(detail)
    const { message, data } = errorOf(await callTrpcAs(token))
    expect([data.code, message]).toEqual(['forbidden', expect.stringContaining(detail)])
  }
  const expectLetIn = async (token: string) => {
    const answer = await callAs(token)
    if (ASKS_PROOF.has(route.name)) return expectProblem(answer, 401, 'invalid_credentials')
    expect([200, 201, 202, 404, 409], JSON.stringify(answer.body)).toContain(answer.status)
  }

  if (isPublic(route.name)) {
    test('strangers are let in, and counted by their address', async () => {
      const answer = await callAs(undefined)
      expect(answer.headers.get('ratelimit-policy')).toBe(`"address";q=${PUBLIC_LIMIT};w=60`)
    })
    return
  }
  const access = table[route.name]?.access ?? {}

  test('strangers are refused by REST and by tRPC', async () => {
    expectProblem(await callAs(undefined), 401, 'unauthenticated')
    expect(errorOf(await callTrpcAs(undefined)).data.code).toBe('unauthenticated')
    for (const token of ['a-token-that-nobody-signed', `${keyOf.every.slice(0, -43)}${'A'.repeat(43)}`]) {
      expectProblem(await callAs(token), 401, 'unauthenticated')
      expect(errorOf(await callTrpcAs(token)).data.code).toBe('unauthenticated')
    }
  })

  test.each(ROLES.filter((role) => !has(access, role)))('%s is refused by REST and by tRPC', async (role) => {
    await expectRefused(people[role].accessToken, 'Your role does not allow this')
  })

  const { scope } = access
  if (scope === undefined) {
    test('no API key is let in, whatever its scopes', () => expectRefused(keyOf.every, 'API keys cannot do this'))
  } else {
    test(`an API key with all scopes but ${scope} is refused and told so`, () =>
      expectRefused(keyOf.without[scope], `lacks the scope ${scope}.`))
    test(`an API key with ${scope} alone is let in`, () => expectLetIn(keyOf.only[scope]))
  }

  if (ENDS_SESSIONS.has(route.name)) return
  test.each(ROLES.filter((role) => has(access, role)))('%s is let in', (role) => expectLetIn(people[role].accessToken))
})

test('security.md 81: a path takes the methods of its routes and no other, whoever asks', async () => {
  const paths = [...new Set(routes.map(({ rest }) => rest.path))]
  for (const path of paths) {
    const methods = routes.filter(({ rest }) => rest.path === path).map(({ rest }) => rest.method as string)
    const url = `/api${path.replace(/\{\w+\}/g, 'x')}`
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !methods.includes(one))) {
      const answer = await api.call(method, url, { token: people.admin.accessToken })
      expectProblem(answer, 405, 'method_not_allowed')
      expect(answer.headers.get('allow')?.split(', ').sort(), url).toEqual([...methods].sort())
    }
  }
})

test('security.md 81: who is no admin any more, or is suspended, is out of administration at the next request', async () => {
  const { userId, accessToken: token } = await api.staff('admin')
  const ask = () => api.call('GET', '/api/admin/advisors', { token })
  expect((await ask()).status).toBe(200)
  await api.sql(`update users set role = 'inspector' where id = $1`, [userId])
  expectProblem(await ask(), 403, 'forbidden')
  await api.sql(`update users set role = 'admin', status = 'suspended' where id = $1`, [userId])
  expectProblem(await ask(), 401, 'session_ended')
})
