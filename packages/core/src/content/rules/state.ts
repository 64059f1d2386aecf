import type { ContentStatus, Outcome } from '@pramaan/shared'

export type ContentEvent =
  | 'submit'
  | 'revise'
  | 'revise_and_submit'
  | 'require_changes'
  | 'require_review'
  | 'recheck'
  | 'appeal'
  | 'approve_by_policy'
  | 'approve'
  | 'reject'
  | 'overturn'
  | 'schedule'
  | 'unschedule'
  | 'publish'
  | 'expire'
  | 'suspend'
  | 'withdraw'
  | 'archive'

/** Whose step it is. `member`: a person or an API key of the advisor; `system`: a job. */
export type Who = 'member' | 'reviewer' | 'system'

/** What a guard looks at. */
export interface Facts {
  authorId?: string
  actorId?: string
  outcome?: Outcome
  stageFailed?: boolean
  autoApproveClean?: boolean
  licenceVerified?: boolean
  /** Something beside the rules asks that a person looks: the model had a concern, or a text like it was refused. */
  personAsked?: boolean
}

/** Conditions beyond state and role. A fact that is missing counts against the step. */
export const GUARDS = {
  notTheAuthor: (facts) =>
    facts.actorId !== undefined && facts.authorId !== undefined && facts.actorId !== facts.authorId,
  cleanByPolicy: (facts) =>
    facts.outcome === 'clean' &&
    facts.stageFailed === false &&
    facts.autoApproveClean === true &&
    facts.licenceVerified === true &&
    facts.personAsked === false,
} satisfies Record<string, (facts: Facts) => boolean>
export type Guard = keyof typeof GUARDS

export interface Transition {
  from: ContentStatus
  event: ContentEvent
  to: ContentStatus
  who: readonly Who[]
  guard?: Guard
}

interface Step {
  from: readonly ContentStatus[]
  to: ContentStatus
  who: readonly Who[]
  guard?: Guard
}

/** What went out, or is about to, stays as it was approved until that approval ends. */
const REVISABLE: readonly ContentStatus[] = [
  'draft',
  'checking',
  'changes_required',
  'in_review',
  'approved',
  'rejected',
  'suspended',
  'expired',
  'withdrawn',
]

/**
 * What each event does. An event leads to one state only, so that a conditional UPDATE can name it.
 * The same text may be submitted again where the verdict on it may differ by now (other rules, other licences, a spent
 * proof); a text that a person rejected must change first.
 */
const STEPS: Record<ContentEvent, Step> = {
  submit: {
    from: ['draft', 'changes_required', 'approved', 'suspended', 'expired', 'withdrawn'],
    to: 'checking',
    who: ['member'],
  },
  revise: {
    from: REVISABLE,
    to: 'draft',
    who: ['member'],
  },
  revise_and_submit: {
    from: REVISABLE,
    to: 'checking',
    who: ['member'],
  },
  require_changes: { from: ['checking'], to: 'changes_required', who: ['system'] },
  require_review: { from: ['checking'], to: 'in_review', who: ['system'] },
  recheck: { from: ['in_review'], to: 'checking', who: ['system'] },
  appeal: { from: ['changes_required'], to: 'in_review', who: ['member'] },
  approve_by_policy: { from: ['checking'], to: 'approved', who: ['system'], guard: 'cleanByPolicy' },
  approve: { from: ['in_review'], to: 'approved', who: ['reviewer'], guard: 'notTheAuthor' },
  reject: { from: ['in_review'], to: 'rejected', who: ['reviewer'], guard: 'notTheAuthor' },
  overturn: {
    from: ['approved', 'scheduled', 'published'],
    to: 'rejected',
    who: ['reviewer'],
    guard: 'notTheAuthor',
  },
  schedule: { from: ['approved'], to: 'scheduled', who: ['member', 'system'] },
  unschedule: { from: ['scheduled'], to: 'approved', who: ['member', 'system'] },
  publish: { from: ['approved', 'scheduled'], to: 'published', who: ['member', 'system'] },
  expire: { from: ['approved', 'scheduled', 'published'], to: 'expired', who: ['system'] },
  suspend: { from: ['approved', 'scheduled', 'published'], to: 'suspended', who: ['reviewer', 'system'] },
  withdraw: {
    from: [
      'draft',
      'checking',
      'changes_required',
      'in_review',
      'approved',
      'rejected',
      'scheduled',
      'published',
      'suspended',
      'expired',
    ],
    to: 'withdrawn',
    who: ['member'],
  },
  archive: {
    from: ['draft', 'changes_required', 'rejected', 'published', 'expired', 'withdrawn'],
    to: 'archived',
    who: ['member', 'system'],
  },
}

export const CONTENT_EVENTS = Object.keys(STEPS) as ContentEvent[]

/** The state machine as rows: from, event, to, who, guard. The states are those of the CHECK constraint `contents_status`. */
export const TRANSITIONS: readonly Transition[] = CONTENT_EVENTS.flatMap((event) => {
  const { from, ...rest } = STEPS[event]
  return from.map((state) => ({ from: state, event, ...rest }))
})

/** The states from which an event is allowed, and where it leads. */
export const stepOf = (event: ContentEvent): Step => STEPS[event]

/** The row for a state and an event; null where the event is not allowed. */
export const transitionFrom = (from: ContentStatus, event: ContentEvent): Transition | null =>
  TRANSITIONS.find((row) => row.from === from && row.event === event) ?? null

/** Whether somebody may cause an event, as far as role and guard decide it; the state is left to the conditional UPDATE. */
export function isAllowed(who: Who | null, event: ContentEvent, facts: Facts): boolean {
  const { who: allowed, guard } = STEPS[event]
  return who !== null && allowed.includes(who) && (guard === undefined || GUARDS[guard](facts))
}
