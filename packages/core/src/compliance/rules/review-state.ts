import type { ReviewState } from '@pramaan/shared'

export type ReviewEvent =
  | 'claim'
  | 'renew'
  | 'take_over'
  | 'release'
  | 'lapse'
  | 'endorse'
  | 'approve'
  | 'reject'
  | 'suggest'
  | 'accept'
  | 'decline'
  | 'withdraw'

/** What a guard looks at. A fact that is missing counts against the step. */
export interface ReviewFacts {
  /** The officer has no hand in the text, and has not decided on it before. */
  independent?: boolean
  /** The officer holds the claim, and its lease has not run out. */
  holdsClaim?: boolean
  leaseOver?: boolean
  /** Approvals that are still needed, the one that is being given included. */
  approvalsMissing?: number
  /** Everything that bars an approval was set aside by this officer, and the text can be sent as it was judged. */
  approvable?: boolean
}

const decides = (facts: ReviewFacts) => facts.independent === true && facts.holdsClaim === true

/** Conditions beyond the state. */
const REVIEW_GUARDS = {
  mayTake: (facts) => facts.independent === true,
  mayTakeOver: (facts) => facts.independent === true && facts.leaseOver === true,
  leaseOver: (facts) => facts.leaseOver === true,
  decides,
  isFirstOfTwo: (facts) => decides(facts) && facts.approvable === true && (facts.approvalsMissing ?? 0) > 1,
  isLast: (facts) => decides(facts) && facts.approvable === true && facts.approvalsMissing === 1,
} satisfies Record<string, (facts: ReviewFacts) => boolean>

interface Step {
  from: readonly ReviewState[]
  to: ReviewState
  who: 'officer' | 'author' | 'system'
  guard?: keyof typeof REVIEW_GUARDS
}

/**
 * What each event does to a review. The states are those of the CHECK constraint `reviews_state`. The first of two
 * approvals gives the review back to the queue, where the second officer finds it. There is no event that approves for
 * want of time.
 */
export const REVIEW_STEPS: Record<ReviewEvent, Step> = {
  claim: { from: ['open'], to: 'claimed', who: 'officer', guard: 'mayTake' },
  renew: { from: ['claimed'], to: 'claimed', who: 'officer', guard: 'decides' },
  take_over: { from: ['claimed'], to: 'claimed', who: 'officer', guard: 'mayTakeOver' },
  release: { from: ['claimed'], to: 'open', who: 'officer', guard: 'decides' },
  lapse: { from: ['claimed'], to: 'open', who: 'system', guard: 'leaseOver' },
  endorse: { from: ['claimed'], to: 'open', who: 'officer', guard: 'isFirstOfTwo' },
  approve: { from: ['claimed'], to: 'approved', who: 'officer', guard: 'isLast' },
  reject: { from: ['claimed'], to: 'rejected', who: 'officer', guard: 'decides' },
  suggest: { from: ['claimed'], to: 'suggested', who: 'officer', guard: 'decides' },
  accept: { from: ['suggested'], to: 'withdrawn', who: 'author' },
  decline: { from: ['suggested'], to: 'open', who: 'author' },
  withdraw: { from: ['open', 'claimed', 'suggested'], to: 'withdrawn', who: 'system' },
}

export const REVIEW_EVENTS = Object.keys(REVIEW_STEPS) as ReviewEvent[]

/** Where an event leads from a state, as far as state and guard decide it; null where it is not allowed. */
export function nextReviewState(from: ReviewState, event: ReviewEvent, facts: ReviewFacts): ReviewState | null {
  const step = REVIEW_STEPS[event]
  const holds = step.guard === undefined || REVIEW_GUARDS[step.guard](facts)
  return step.from.includes(from) && holds ? step.to : null
}
