import type { PaymentKind, SubscriptionState } from '@pramaan/shared'

export type DunningTopic = 'payment_late' | 'subscription_halted' | 'renewal_due'

export interface DunningFacts {
  state: SubscriptionState
  payment: PaymentKind
  paidUntil: Date | null
  /** How many mails of the present schedule went out. */
  dunningStep: number
  cancelAt: 'now' | 'period_end' | null
}

export interface DunningTurn {
  step: number
  topic: DunningTopic | null
  nextAt: Date | null
}

const DAY_MS = 86_400_000

/** Days after the end of what is paid on which a late payment is told of: at once, and before the grace is over. */
const LATE_ON_DAYS = [0, 3] as const
/** Days before the end of a year that was paid once, on which its renewal is reminded of. */
const RENEWAL_BEFORE_DAYS = [30, 7, 1] as const
/** Halted: at once, and once more a week later. */
const HALTED_MAILS = 2
const HALTED_AGAIN_MS = 7 * DAY_MS

/** Steps of the schedules are counted apart, so that a halt after a late payment starts at its first mail. */
const HALTED_BASE = 100

/** Whether the next year can be paid already: from the first reminder on, and once. */
export const mayRenew = (
  { payment, paidUntil, cancelAt }: Omit<DunningFacts, 'state' | 'dunningStep'>,
  now: Date,
): boolean =>
  payment === 'order' &&
  cancelAt === null &&
  paidUntil !== null &&
  paidUntil.getTime() - now.getTime() <= RENEWAL_BEFORE_DAYS[0] * DAY_MS

/** Which mail is due at a moment and when to look again; null where there is nothing to tell (any more). */
export function dunningTurn(facts: DunningFacts, now: Date): DunningTurn | null {
  if (facts.state === 'halted') return haltedTurn(facts, now)
  if (facts.state === 'pending') return lateTurn(facts, now)
  if (facts.state === 'active' && facts.payment === 'order' && facts.cancelAt === null) return renewalTurn(facts, now)
  return null
}

function haltedTurn({ dunningStep }: DunningFacts, now: Date): DunningTurn | null {
  const sent = Math.max(0, dunningStep - HALTED_BASE)
  if (sent >= HALTED_MAILS) return null
  const isLast = sent + 1 >= HALTED_MAILS
  const nextAt = isLast ? null : new Date(now.getTime() + HALTED_AGAIN_MS)
  return { step: HALTED_BASE + sent + 1, topic: 'subscription_halted', nextAt }
}

function lateTurn({ dunningStep, paidUntil }: DunningFacts, now: Date): DunningTurn | null {
  const since = paidUntil ?? now
  const sent = dunningStep >= HALTED_BASE ? 0 : dunningStep
  const due = LATE_ON_DAYS[sent]
  if (due === undefined) return null
  const at = new Date(since.getTime() + due * DAY_MS)
  if (at > now) return { step: sent, topic: null, nextAt: at }
  const next = LATE_ON_DAYS[sent + 1]
  const nextAt = next === undefined ? null : new Date(since.getTime() + next * DAY_MS)
  return { step: sent + 1, topic: 'payment_late', nextAt: nextAt && nextAt > now ? nextAt : null }
}

function renewalTurn({ dunningStep, paidUntil }: DunningFacts, now: Date): DunningTurn | null {
  if (paidUntil === null || paidUntil <= now) return null
  const dates = RENEWAL_BEFORE_DAYS.map((days) => new Date(paidUntil.getTime() - days * DAY_MS))
  const passed = dates.filter((date) => date <= now).length
  const nextAt = dates[passed] ?? null
  if (passed <= dunningStep) return nextAt && { step: dunningStep, topic: null, nextAt }
  return { step: passed, topic: 'renewal_due', nextAt }
}
