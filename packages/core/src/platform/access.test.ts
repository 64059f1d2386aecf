import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Scope } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { ACCESS, type Access, accessTo, mayRun, type UseCaseName } from './access.ts'
import type { Actor } from './context.ts'

const NAMES = Object.keys(ACCESS) as UseCaseName[]
const ADVISOR = '01990000-0000-7000-8000-000000000001'
const key = (...scopes: Scope[]): Actor => ({ kind: 'api_key', keyId: 'k', scopes })
const user = (role: 'advisor' | 'reviewer' | 'admin' | 'inspector', memberRole: 'owner' | 'member' | null): Actor => ({
  kind: 'user',
  userId: 'u',
  role,
  memberRole,
  sessionId: 's',
})
const allowedTo = (actor: Actor, advisorId: string | null) =>
  NAMES.filter((useCase) => mayRun({ actor, advisorId }, useCase))
const where = (holds: (access: Access) => boolean) => NAMES.filter((name) => holds(accessTo(name)))
const forStrangers = where(({ strangers }) => strangers === true)

test('security.md 44: everybody may do what their line of the table says, and nothing else', () => {
  const may = (holds: (access: Access) => boolean) => where((access) => access.strangers === true || holds(access))
  expect(allowedTo({ kind: 'anonymous' }, null)).toEqual(forStrangers)
  expect(allowedTo({ kind: 'system', name: 'worker' }, null)).toEqual(may(({ system }) => system === true))
  for (const role of ['owner', 'member'] as const) {
    const expected = may(({ people, firm }) => people === true || firm?.includes(role) === true)
    expect(allowedTo(user('advisor', role), ADVISOR)).toEqual(expected)
  }
  for (const role of ['reviewer', 'admin', 'inspector'] as const) {
    const expected = may(({ people, staff }) => people === true || staff?.includes(role) === true)
    expect(allowedTo(user(role, null), null)).toEqual(expected)
  }
  for (const scope of Scope.options) {
    expect(allowedTo(key(scope), ADVISOR)).toEqual(may((access) => access.scope === scope))
  }
})

test('security.md 45: who has nothing may do nothing: a leaver, a key without scopes, a key or owner without a firm', () => {
  expect(allowedTo(key(), ADVISOR)).toEqual(forStrangers)
  expect(allowedTo(key(...Scope.options), null)).toEqual(forStrangers)
  const forPeople = where(({ people, strangers }) => people === true || strangers === true)
  expect(allowedTo(user('advisor', null), null)).toEqual(forPeople)
  expect(allowedTo(user('advisor', 'owner'), null)).toEqual(forPeople)
})

test('somebody of ours who is also a member of a firm does nothing for that firm', () => {
  expect(allowedTo(user('reviewer', 'owner'), ADVISOR)).toEqual(allowedTo(user('reviewer', null), null))
})

test('no key, whatever its scopes, approves, manages members, keys, billing or sign-ins, or connects a number', () => {
  const barred =
    /^(review|member|api_key|session|sessions|admin|licence|job|billing|demo)\.|^whatsapp\.(connect|record|fail)/
  const allowed = allowedTo(key(...Scope.options), ADVISOR).filter((name) => !forStrangers.includes(name))
  expect(allowed.filter((name) => barred.test(name))).toEqual([])
  expect(allowed.filter((name) => accessTo(name).staff || accessTo(name).system)).toEqual([])
  expect(NAMES.filter((name) => barred.test(name)).length).toBeGreaterThan(15)
})

test('every scope opens something, and a scope that only reads opens nothing that changes', () => {
  for (const scope of Scope.options)
    expect(
      where((access) => access.scope === scope),
      scope,
    ).not.toEqual([])
  const reads = where(({ scope }) => scope?.endsWith(':read') === true)
  expect(reads.filter((name) => !/\.(get|list|list_\w+|get_\w+|prove_\w+|profile|preferences)$/.test(name))).toEqual([])
})

/** Code that takes the reach over all firms by itself, outside of a use case whose line says `across`. */
const ACROSS_BY_ITSELF = [
  'audit/pack/sweep-packs.ts',
  'audit/read-log.ts',
  'audit/seal-entries.ts',
  'billing/apply-razorpay-event.ts',
  'compliance/keep-pack.ts',
  'compliance/preview-rules.ts',
  'compliance/read-replay.ts',
  'delivery/connecting.ts',
  'delivery/hold-uncovered.ts',
  'delivery/resume-restored.ts',
  'delivery/sweep-deliveries.ts',
  'identity/authenticate-key.ts',
  'identity/authenticate.ts',
  'identity/invitation.ts',
  'identity/send-mail.ts',
  'identity/sweep-licences.ts',
  'platform/use-case.ts',
  'privacy/sweep-retentions.ts',
]

test('security.md 49: whoever looks over all firms is named: strangers, staff, upkeep, and these files', () => {
  const across = where((access) => access.across === true)
  expect(across.filter((name) => accessTo(name).firm || accessTo(name).scope || accessTo(name).people)).toEqual([])
  expect(across.filter((name) => accessTo(name).system)).toEqual([
    'staff.invite',
    'demo.seed',
    'identity.sweep',
    'invitation.sweep',
    'billing.apply_event',
    'billing.sweep',
    'billing.compare',
    'compliance.sweep_standstills',
    'compliance.sweep_forgotten',
    'compliance.sweep_old_rules',
    'compliance.sweep_stale_reviews',
    'review.lapse_claims',
    'review.escalate',
    'approval.warn',
    'approval.lapse',
    'rule_impact.record',
    'webhook.apply',
    'delivery.sweep',
    'delivery.wake_lanes',
    'event.pump',
    'analytics.follow',
    'analytics.recount_days',
    'analytics.sweep_exports',
    'churn.observe',
    'churn.keep_snapshots',
    'churn.learn',
    'churn.keep_model',
  ])
  const root = join(import.meta.dirname, '..')
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /(?<!test)\.ts$/.test(path))
  const taking = sources.filter((path) => readFileSync(join(root, path), 'utf8').includes('acrossAdvisors'))
  expect(taking.toSorted()).toEqual(ACROSS_BY_ITSELF)
})
