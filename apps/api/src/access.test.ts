import { appRouter } from '@pramaan/trpc'
import { restRoutes } from '@pramaan/trpc/rest'
import { PUBLIC_LIMIT } from '@pramaan/trpc/trpc'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'
import { sampleInput } from '../testing/sample.ts'

type Role = 'owner' | 'member' | 'reviewer' | 'admin' | 'inspector'
const ROLES: Role[] = ['owner', 'member', 'reviewer', 'admin', 'inspector']
const FIRM: Role[] = ['owner', 'member']
const STAFF: Role[] = ['reviewer', 'admin', 'inspector']

/** Who may call what. A procedure that is not here fails the test below, so that nobody forgets to decide. */
const MAY: Record<string, Role[] | 'public'> = {
  'auth.register': 'public',
  'auth.verifyEmail': 'public',
  'auth.resendVerification': 'public',
  'auth.login': 'public',
  'auth.refresh': 'public',
  'auth.logout': ROLES,
  'auth.logoutAll': ROLES,
  'auth.sessions': ROLES,
  'auth.endSession': ROLES,
  'auth.forgotPassword': 'public',
  'auth.resetPassword': 'public',
  'auth.changePassword': ROLES,
  'auth.stepUp': ROLES,
  'auth.enrollTotp': ROLES,
  'auth.confirmTotp': ROLES,
  'auth.disableTotp': ROLES,
  'auth.changeEmail': ROLES,
  'auth.confirmEmail': 'public',
  'advisor.profile': FIRM,
  'advisor.updateProfile': ['owner'],
  'advisor.preferences': FIRM,
  'advisor.setPreferences': ['owner'],
  'advisor.members': FIRM,
  'advisor.addMember': ['owner'],
  'advisor.removeMember': ['owner'],
  'advisor.onboarding': FIRM,
  'content.create': FIRM,
  'content.list': FIRM,
  'content.get': FIRM,
  'content.revise': FIRM,
  'content.submit': FIRM,
  'content.withdraw': FIRM,
  'content.versions': FIRM,
  'content.verdicts': FIRM,
  'content.audit': FIRM,
  'compliance.check': ROLES,
  'reviews.list': ['reviewer'],
  'reviews.claim': ['reviewer'],
  'reviews.release': ['reviewer'],
  'reviews.approve': ['reviewer'],
  'reviews.reject': ['reviewer'],
  'approvals.get': FIRM,
  'whatsapp.connect': ['owner'],
  'whatsapp.connection': FIRM,
  'recipients.add': FIRM,
  'recipients.list': FIRM,
  'recipients.optOut': FIRM,
  'campaigns.create': FIRM,
  'campaigns.get': FIRM,
  'campaigns.deliveries': FIRM,
  'campaigns.cancel': FIRM,
  'billing.plans': 'public',
  'audit.events': FIRM,
  'admin.advisors': ['admin'],
  'admin.verifyLicence': ['admin'],
  'admin.refuseLicence': ['admin'],
}

const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: 'query' | 'mutation' } }>
const routes = restRoutes(appRouter)
const api = await testApi()
const people = {} as Record<Role, Person>

beforeAll(async () => {
  people.owner = await api.signUp()
  // All calls of the firm's people fall into one minute of a clock that stands.
  await api.sql(`update advisors set tier = 'pro' where id = $1`, [people.owner.advisorId])
  for (const role of STAFF) people[role as 'admin'] = await api.staff(role as 'admin')
  const member = await api.staff('admin')
  await api.sql(`update users set role = 'advisor' where id = $1`, [member.userId])
  await api.sql(`insert into members (advisor_id, user_id, role) values ($1, $2, 'member')`, [
    people.owner.advisorId,
    member.userId,
  ])
  const { body } = await api.call('POST', '/api/auth/login', {
    body: { email: member.email, password: member.password },
  })
  people.member = { ...member, ...(body as { accessToken: string }), advisorId: people.owner.advisorId }
})

test('every procedure of the router is decided on, and every decision is about one', () => {
  expect(Object.keys(MAY).sort()).toEqual(Object.keys(procedures).sort())
})

/** Let in, these hear that the password or code of the sample is not theirs. */
const ASKS_PROOF = new Set(['auth.changePassword', 'auth.stepUp', 'auth.confirmTotp'])

/** Ends sign-ins of the person who calls; the others prove their gate. */
const ENDS_SESSIONS = new Set(['auth.logout', 'auth.logoutAll'])

describe.each(routes)('$name', (route) => {
  const may = MAY[route.name]
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
    return api.call(route.rest.method, path, route.rest.method === 'GET' ? options : { ...options, body })
  }
  const callTrpcAs = (token: string | undefined) => {
    const { input } = address()
    const options = token === undefined ? {} : { token }
    return procedures[route.name]?._def.type === 'query'
      ? api.call('GET', `/trpc/${route.name}?input=${encodeURIComponent(JSON.stringify(input))}`, options)
      : api.call('POST', `/trpc/${route.name}`, { ...options, body: input })
  }
  const codeOf = ({ body }: { body: unknown }) => (body as { error: { data: { code: string } } }).error?.data.code

  if (may === 'public') {
    test('strangers are let in, and counted by their address', async () => {
      const answer = await callAs(undefined)
      expect(answer.headers.get('ratelimit-policy')).toBe(`"address";q=${PUBLIC_LIMIT};w=60`)
    })
    return
  }

  test('strangers are refused by REST and by tRPC', async () => {
    expectProblem(await callAs(undefined), 401, 'unauthenticated')
    expect(codeOf(await callTrpcAs(undefined))).toBe('unauthenticated')
    expectProblem(await callAs('a-token-that-nobody-signed'), 401, 'unauthenticated')
  })

  test.each(ROLES.filter((role) => !may?.includes(role)))('%s is refused by REST and by tRPC', async (role) => {
    expectProblem(await callAs(people[role].accessToken), 403, 'forbidden')
    expect(codeOf(await callTrpcAs(people[role].accessToken))).toBe('forbidden')
  })

  if (ENDS_SESSIONS.has(route.name)) return
  test.each(may ?? [])('%s is let in', async (role) => {
    const answer = await callAs(people[role].accessToken)
    if (ASKS_PROOF.has(route.name)) return expectProblem(answer, 401, 'invalid_credentials')
    const { status, body } = answer
    expect([200, 201, 404, 409], JSON.stringify(body)).toContain(status)
  })
})
