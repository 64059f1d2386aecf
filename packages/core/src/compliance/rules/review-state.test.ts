import { ReviewState } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { nextReviewState, REVIEW_EVENTS, REVIEW_STEPS, type ReviewEvent, type ReviewFacts } from './review-state.ts'

const STATES = ReviewState.options

/** The whole machine once more, by hand: for each state the events it allows and where they lead. */
const EXPECTED: Record<ReviewState, Partial<Record<ReviewEvent, ReviewState>>> = {
  open: { claim: 'claimed', withdraw: 'withdrawn' },
  claimed: {
    renew: 'claimed',
    take_over: 'claimed',
    release: 'open',
    lapse: 'open',
    endorse: 'open',
    approve: 'approved',
    reject: 'rejected',
    suggest: 'suggested',
    withdraw: 'withdrawn',
  },
  suggested: { accept: 'withdrawn', decline: 'open', withdraw: 'withdrawn' },
  approved: {},
  rejected: {},
  withdrawn: {},
}

const booleans = [true, false, undefined]
const FACTS: ReviewFacts[] = booleans.flatMap((independent) =>
  booleans.flatMap((holdsClaim) =>
    booleans.flatMap((leaseOver) =>
      booleans.flatMap((approvable) =>
        [undefined, 0, 1, 2].map(
          (approvalsMissing) =>
            Object.fromEntries(
              Object.entries({ independent, holdsClaim, leaseOver, approvable, approvalsMissing }).filter(
                ([, value]) => value !== undefined,
              ),
            ) as ReviewFacts,
        ),
      ),
    ),
  ),
)

test.each(STATES.flatMap((state) => REVIEW_EVENTS.map((event) => [state, event] as const)))(
  'from %s, %s leads where this table says, whatever the facts, or nowhere, and somewhere for some facts',
  (state, event) => {
    const led = new Set(FACTS.map((facts) => nextReviewState(state, event, facts)).filter((to) => to !== null))
    expect([...led]).toEqual(EXPECTED[state][event] === undefined ? [] : [EXPECTED[state][event]])
  },
)

test('nobody approves, endorses, rejects or proposes without independence and a live claim', () => {
  for (const facts of FACTS.filter(({ independent, holdsClaim }) => !(independent && holdsClaim))) {
    for (const event of ['approve', 'endorse', 'reject', 'suggest', 'release', 'renew'] as const) {
      expect(nextReviewState('claimed', event, facts)).toBeNull()
    }
  }
})

test('an approval ends a review only when it is the last that is missing; until then it is an endorsement', () => {
  for (const facts of FACTS) {
    const ways = (['approve', 'endorse'] as const).filter((event) => nextReviewState('claimed', event, facts) !== null)
    const may = facts.independent && facts.holdsClaim && facts.approvable
    const missing = facts.approvalsMissing ?? 0
    expect(ways).toEqual(may && missing > 0 ? [missing === 1 ? 'approve' : 'endorse'] : [])
  }
})

test('a claim is taken over or lapses only after its lease, and the clock never approves', () => {
  for (const facts of FACTS.filter(({ leaseOver }) => !leaseOver)) {
    expect(nextReviewState('claimed', 'take_over', facts)).toBeNull()
    expect(nextReviewState('claimed', 'lapse', facts)).toBeNull()
  }
  const bySystem = REVIEW_EVENTS.filter((event) => REVIEW_STEPS[event].who === 'system')
  expect(bySystem.map((event) => REVIEW_STEPS[event].to)).not.toContain('approved')
  expect(REVIEW_EVENTS.filter((event) => REVIEW_STEPS[event].to === 'approved')).toEqual(['approve'])
})
