import type { PaymentKind, Standing, SubscriptionState, Tier } from '@pramaan/shared'
import type { TierFacts } from '../../identity/index.ts'

/** What decides about the standing of a subscription. */
export interface StandingFacts {
  state: SubscriptionState
  tier: Tier
  payment: PaymentKind
  paidUntil: Date | null
  currentStart: Date | null
  /** A start that was put off to the end of the subscription that this one replaces. */
  startsAt: Date | null
  /** The firm wants it to end: nobody will be charged again. */
  cancelAt: 'now' | 'period_end' | null
  /** When we ended it before its time. */
  endedAt: Date | null
}

const DAY_MS = 86_400_000

/** Debits by UPI and bank mandates land up to four days late, and a failed one is tried on three more days. */
export const GRACE_MS = 7 * DAY_MS

/** States in which money that was paid counts to its end. A halted, paused or cancelled one has what it has paid for. */
const KEEPS_WHAT_IS_PAID: readonly SubscriptionState[] = [
  'active',
  'pending',
  'halted',
  'paused',
  'cancelled',
  'completed',
]
/** States in which Razorpay still tries to get the money of the period that has begun. */
const STILL_TRIED: readonly SubscriptionState[] = ['active', 'pending']

/**
 * The end of our own grace for late money; null where none is waited for: after a halt, where nobody is charged by itself,
 * and at the end of what is cancelled, unless its next period had begun before.
 */
export function graceUntil({ state, payment, cancelAt, paidUntil, currentStart }: StandingFacts): Date | null {
  const due = paidUntil ?? currentStart
  if (due === null || payment !== 'mandate' || !STILL_TRIED.includes(state)) return null
  const isCharged = cancelAt === null || (currentStart !== null && currentStart >= due)
  return isCharged ? new Date(due.getTime() + GRACE_MS) : null
}

/** A mandate for later is trusted until its first money must have come. */
const trialUntil = ({ startsAt }: StandingFacts): Date | null => startsAt && new Date(startsAt.getTime() + GRACE_MS)

/** Why a subscription gives its tier at a moment, or `none`. */
export function standingOf(facts: StandingFacts, now: Date): Standing {
  if (facts.endedAt !== null || (facts.startsAt !== null && facts.startsAt > now)) return 'none'
  if (facts.state === 'authenticated') {
    const until = trialUntil(facts)
    return until === null || until > now ? 'trial' : 'none'
  }
  if (KEEPS_WHAT_IS_PAID.includes(facts.state) && facts.paidUntil !== null && facts.paidUntil > now) return 'paid'
  const until = graceUntil(facts)
  return until !== null && until > now ? 'grace' : 'none'
}

const RANK: readonly Tier[] = ['basic', 'standard', 'pro']

/** The highest tier that any subscription gives at a moment; Basic where none does. */
export const tierOf = (all: readonly StandingFacts[], now: Date): Tier =>
  all
    .filter((facts) => standingOf(facts, now) !== 'none')
    .reduce<Tier>((best, { tier }) => (RANK.indexOf(tier) > RANK.indexOf(best) ? tier : best), 'basic')

/** The moments at which a standing may change with no word from anybody. */
const turnsOf = (facts: StandingFacts): Date[] =>
  [facts.startsAt, facts.paidUntil, graceUntil(facts), trialUntil(facts)].filter((at) => at !== null)

/** The tier of a firm at a moment, and what becomes of it by time alone. */
export function tierFactsOf(all: readonly StandingFacts[], now: Date): TierFacts {
  const tier = tierOf(all, now)
  const steps: { from: string; tier: Tier }[] = []
  const turns = new Set(all.flatMap(turnsOf).map((turn) => turn.getTime()))
  for (const turn of [...turns].filter((at) => at > now.getTime()).sort((a, b) => a - b)) {
    const next = tierOf(all, new Date(turn))
    if (next !== (steps.at(-1)?.tier ?? tier)) steps.push({ from: new Date(turn).toISOString(), tier: next })
  }
  return { tier, tierSteps: steps.length === 0 ? null : steps }
}

/** Whether it gives its tier now or will by time alone. */
export const givesFrom = (facts: StandingFacts, now: Date): boolean =>
  [now, ...turnsOf(facts).filter((turn) => turn > now)].some((at) => standingOf(facts, at) !== 'none')

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** How often Razorpay is asked without any event, by state: nothing may depend on webhooks arriving. */
const LOOK_EVERY_MS: Partial<Record<SubscriptionState, number>> = {
  opening: 2 * MINUTE_MS,
  unknown: MINUTE_MS,
  created: 10 * MINUTE_MS,
  authenticated: 6 * HOUR_MS,
  active: 6 * HOUR_MS,
  pending: HOUR_MS,
  halted: 6 * HOUR_MS,
  paused: 6 * HOUR_MS,
}

/** When a subscription is to be looked at next: by state, and at the very end of what is paid and of the grace. */
export function nextLookAt(facts: StandingFacts, now: Date): Date | null {
  const every = LOOK_EVERY_MS[facts.state]
  const turns = [
    ...(every === undefined ? [] : [new Date(now.getTime() + every)]),
    ...turnsOf(facts).filter((at) => at > now),
  ]
  return turns.length === 0 ? null : new Date(Math.min(...turns.map((turn) => turn.getTime())))
}
