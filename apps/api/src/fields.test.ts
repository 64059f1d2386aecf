import { appRouter } from '@pramaan/trpc'
import { jsonSchemaOf, restRoutes } from '@pramaan/trpc/rest'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'
import { sampleInput } from '../testing/sample.ts'
import { isPublic, tableByProcedure } from '../testing/use-case-of.ts'

const api = await testApi()
const table = await tableByProcedure()
const routes = restRoutes(appRouter)
const people = {} as Record<'owner' | 'reviewer' | 'admin', Person>
/** Every column of every table, as JSON spells it: what an attacker would try to assign. */
let columns: string[]

beforeAll(async () => {
  people.owner = await api.signUp()
  await api.sql(`update advisors set tier = 'pro' where id = $1`, [people.owner.advisorId])
  people.reviewer = await api.staff('reviewer')
  people.admin = await api.staff('admin')
  const rows = await api.sql<{ name: string }>(
    `select distinct column_name as name from information_schema.columns where table_schema = 'public'`,
  )
  columns = rows.map(({ name }) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
})

const callerFor = (name: string): Person => {
  const staff = table[name]?.access.staff
  return staff?.includes('admin') ? people.admin : staff?.includes('reviewer') ? people.reviewer : people.owner
}

describe.each(routes)('security.md 47, 79: $name', (route) => {
  const fields = Object.keys(jsonSchemaOf(route.input, 'input').properties ?? {})

  test('a field that is not in the input schema is refused, be it the name of a column', async () => {
    const hostile = [...columns, '__proto__', 'constructor', 'isAdmin', 'scope'].filter(
      (name) => !fields.includes(name),
    )
    expect(hostile.length).toBeGreaterThan(80)
    const input = sampleInput(route.input) as Record<string, unknown>
    for (const name of hostile) {
      const answer = JSON.parse(`{ ${JSON.stringify(name)}: true }`) as Record<string, unknown>
      const parsed = route.input.safeParse({ ...input, ...answer })
      if (name === '__proto__') continue
      expect(parsed.success, name).toBe(false)
    }
    const { accessToken } = callerFor(route.name)
    const path = route.pathKeys.reduce(
      (made, key) => made.replace(`{${key}}`, String(input[key])),
      `/api${route.rest.path}`,
    )
    const body = Object.fromEntries(Object.entries(input).filter(([key]) => !route.pathKeys.includes(key)))
    const options = isPublic(route.name) ? {} : { token: accessToken }
    const isRead = route.rest.method === 'GET'
    const answer =
      isRead || route.rest.method === 'DELETE'
        ? await api.call(route.rest.method, `${path}?passwordHash=${people.owner.userId}`, options)
        : await api.call(route.rest.method, path, { ...options, body: { ...body, role: 'superuser' } })
    expectProblem(answer, 400, 'invalid_input')
  })

  test('an answer holds what its schema declares, at every depth, and no secret but where it is handed out', () => {
    const { open, names } = shapeOf(jsonSchemaOf(route.output, 'output') as Shape)
    expect(open).toEqual(OPEN[route.name] ?? [])
    const secret = names.filter((name) => /password|secret|hash$|token|pin$|^key$|sealed|wrapped/i.test(name))
    expect(secret.sort()).toEqual(HANDED_OUT[route.name] ?? [])
  })
})

/** Answers with a part whose fields nobody can list beforehand; what goes in there is written by the audit entries. */
const OPEN: Record<string, string[]> = { 'audit.events': ['items[].detail'], 'content.audit': ['items[].detail'] }
OPEN['admin.jobs'] = ['items[].newestDead[].about']
for (const step of ['create', 'get', 'cancel', 'pause', 'resume']) OPEN[`campaigns.${step}`] = ['counts']

const HANDED_OUT: Record<string, string[]> = {
  'auth.login': ['accessToken', 'refreshToken'],
  'auth.refresh': ['accessToken', 'refreshToken'],
  'auth.stepUp': ['accessToken'],
  'auth.changePassword': ['accessToken', 'refreshToken'],
  'auth.enrollTotp': ['secret'],
  'auth.confirmTotp': ['accessToken'],
  'auth.disableTotp': ['accessToken'],
  'apiKeys.create': ['key'],
  'apiKeys.rotate': ['key'],
  // The hash of a text is its public name, not that of a secret.
  'content.get': ['hash'],
  'content.versions': ['hash'],
  'content.audit': ['versionHash'],
  'verdicts.replay': ['inputHash'],
  'audit.events': ['versionHash'],
  'audit.proof': ['leafHash'],
  // What a model counts in.
  'compliance.aiUses': ['versionHash', 'inputTokens', 'outputTokens'].sort(),
  'campaigns.share': ['versionHash'],
  'webhookEndpoints.add': ['secret'],
}

interface Shape {
  type?: unknown
  properties?: Record<string, Shape>
  additionalProperties?: unknown
  items?: Shape
  anyOf?: Shape[]
}

/** The objects of a schema that let undeclared fields out, by path, and the names of all fields. */
function shapeOf(schema: Shape, path = ''): { open: string[]; names: string[] } {
  const parts: [Shape, string][] = [
    ...Object.entries(schema.properties ?? {}).map(([name, one]): [Shape, string] => [
      one,
      path ? `${path}.${name}` : name,
    ]),
    ...(schema.items ? [[schema.items, `${path}[]`] as [Shape, string]] : []),
    ...(schema.anyOf ?? []).map((one): [Shape, string] => [one, path]),
  ]
  const inner = parts.map(([one, where]) => shapeOf(one, where))
  const isOpen = schema.type === 'object' && schema.additionalProperties !== false
  return {
    open: [...(isOpen ? [path] : []), ...inner.flatMap(({ open }) => open)],
    names: [...Object.keys(schema.properties ?? {}), ...inner.flatMap(({ names }) => names)],
  }
}
