import { ContentStatus } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { CONTENT_EVENTS, type ContentEvent, GUARDS, TRANSITIONS, transitionFrom } from './state.ts'

const STATES = ContentStatus.options

/** The whole machine once more, by hand: for each state the events it allows and where they lead. */
const EXPECTED: Record<ContentStatus, Partial<Record<ContentEvent, ContentStatus>>> = {
  draft: {
    submit: 'checking',
    revise: 'draft',
    revise_and_submit: 'checking',
    withdraw: 'withdrawn',
    archive: 'archived',
  },
  checking: {
    revise: 'draft',
    revise_and_submit: 'checking',
    require_changes: 'changes_required',
    require_review: 'in_review',
    approve_by_policy: 'approved',
    withdraw: 'withdrawn',
  },
  changes_required: {
    submit: 'checking',
    revise: 'draft',
    revise_and_submit: 'checking',
    appeal: 'in_review',
    withdraw: 'withdrawn',
    archive: 'archived',
  },
  in_review: {
    revise: 'draft',
    revise_and_submit: 'checking',
    approve: 'approved',
    reject: 'rejected',
    recheck: 'checking',
    withdraw: 'withdrawn',
  },
  approved: {
    submit: 'checking',
    revise: 'draft',
    revise_and_submit: 'checking',
    schedule: 'scheduled',
    publish: 'published',
    overturn: 'rejected',
    expire: 'expired',
    suspend: 'suspended',
    withdraw: 'withdrawn',
  },
  rejected: { revise: 'draft', revise_and_submit: 'checking', withdraw: 'withdrawn', archive: 'archived' },
  scheduled: {
    unschedule: 'approved',
    publish: 'published',
    overturn: 'rejected',
    expire: 'expired',
    suspend: 'suspended',
    withdraw: 'withdrawn',
  },
  published: {
    overturn: 'rejected',
    expire: 'expired',
    suspend: 'suspended',
    withdraw: 'withdrawn',
    archive: 'archived',
  },
  suspended: { submit: 'checking', revise: 'draft', revise_and_submit: 'checking', withdraw: 'withdrawn' },
  expired: {
    submit: 'checking',
    revise: 'draft',
    revise_and_submit: 'checking',
    withdraw: 'withdrawn',
    archive: 'archived',
  },
  withdrawn: { submit: 'checking', revise: 'draft', revise_and_submit: 'checking', archive: 'archived' },
  archived: {},
}

test.each(STATES.flatMap((state) => CONTENT_EVENTS.map((event) => [state, event] as const)))(
  'from %s, %s leads where the table of the house says, or nowhere',
  (state, event) => {
    expect(transitionFrom(state, event)?.to ?? null).toBe(EXPECTED[state][event] ?? null)
  },
)

test('no row stands twice, an event leads to one state only, and every state can be reached', () => {
  const keys = TRANSITIONS.map((row) => `${row.from} ${row.event}`)
  expect(new Set(keys).size).toBe(keys.length)
  for (const event of CONTENT_EVENTS) {
    expect(new Set(TRANSITIONS.filter((row) => row.event === event).map((row) => row.to)).size).toBe(1)
  }
  const reached = new Set<ContentStatus>(['draft', ...TRANSITIONS.map((row) => row.to)])
  expect([...reached].sort()).toEqual([...STATES].sort())
})

test('approved is reached from a check or a review only, besides an unscheduled campaign', () => {
  const ways = TRANSITIONS.filter((row) => row.to === 'approved').map((row) => `${row.from} ${row.event}`)
  expect(ways).toEqual(['checking approve_by_policy', 'in_review approve', 'scheduled unschedule'])
})

test('a reviewer cannot approve what they wrote, and a missing fact counts against an approval', () => {
  expect(GUARDS.notTheAuthor({ authorId: 'a', actorId: 'b' })).toBe(true)
  expect(GUARDS.notTheAuthor({ authorId: 'a', actorId: 'a' })).toBe(false)
  expect(GUARDS.notTheAuthor({})).toBe(false)
})

const FAVOURABLE = {
  outcome: 'clean',
  stageFailed: false,
  autoApproveClean: true,
  personAsked: false,
  licenceVerified: true,
} as const

test('policy approves only what is clean in every stage, for a firm that allows it, with a verified licence', () => {
  expect(GUARDS.cleanByPolicy(FAVOURABLE)).toBe(true)
  const worse = [
    { outcome: 'review' },
    { outcome: 'changes_required' },
    { stageFailed: true },
    { autoApproveClean: false },
    { licenceVerified: false },
    { personAsked: true },
    { personAsked: undefined },
    { outcome: undefined },
    { stageFailed: undefined },
    { licenceVerified: undefined },
  ]
  for (const change of worse) expect(GUARDS.cleanByPolicy({ ...FAVOURABLE, ...change } as never)).toBe(false)
})
