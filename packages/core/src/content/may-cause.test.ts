import { expect, test } from 'vitest'
import type { Actor } from '../platform/context.ts'
import { mayCause } from './may-cause.ts'
import type { ContentEvent } from './rules/state.ts'

const user = (role: 'advisor' | 'reviewer' | 'admin' | 'inspector', memberRole: 'owner' | 'member' | null): Actor => ({
  kind: 'user',
  userId: 'u',
  role,
  memberRole,
  sessionId: 's',
})
const ACTORS: Record<string, Actor> = {
  anonymous: { kind: 'anonymous' },
  system: { kind: 'system', name: 'worker' },
  key: { kind: 'api_key', keyId: 'k', scopes: ['content:write', 'campaigns:write'] },
  owner: user('advisor', 'owner'),
  member: user('advisor', 'member'),
  leaver: user('advisor', null),
  reviewer: user('reviewer', null),
  admin: user('admin', null),
  inspector: user('inspector', null),
}
const FAVOURABLE = {
  authorId: 'a',
  actorId: 'b',
  outcome: 'clean',
  stageFailed: false,
  autoApproveClean: true,
  personAsked: false,
  licenceVerified: true,
} as const

test.each([
  ['submit', ['key', 'owner', 'member']],
  ['revise', ['key', 'owner', 'member']],
  ['revise_and_submit', ['key', 'owner', 'member']],
  ['withdraw', ['key', 'owner', 'member']],
  ['require_changes', ['system']],
  ['require_review', ['system']],
  ['recheck', ['system']],
  ['approve_by_policy', ['system']],
  ['approve', ['reviewer']],
  ['reject', ['reviewer']],
  ['schedule', ['system', 'key', 'owner', 'member']],
  ['unschedule', ['system', 'key', 'owner', 'member']],
  ['publish', ['system', 'key', 'owner', 'member']],
  ['expire', ['system']],
  ['suspend', ['system', 'reviewer']],
  ['archive', ['system', 'key', 'owner', 'member']],
] satisfies [ContentEvent, string[]][])('%s is for %j and nobody else', (event, allowed) => {
  const able = Object.entries(ACTORS).filter(([, actor]) => mayCause(actor, event, FAVOURABLE))
  expect(able.map(([name]) => name)).toEqual(allowed)
})

test('an approval without its facts is refused', () => {
  expect(mayCause(user('reviewer', null), 'approve')).toBe(false)
  expect(mayCause({ kind: 'system', name: 'worker' }, 'approve_by_policy')).toBe(false)
})
