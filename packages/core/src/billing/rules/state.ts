import type { SubscriptionState } from '@pramaan/shared'

type State = SubscriptionState

/** From here no word of Razorpay leads anywhere else. */
const LIVE = ['active', 'pending', 'halted', 'paused', 'cancelled', 'completed'] as const

/**
 * Which state a newer word of Razorpay may report after which: its own table of states, closed over the steps between
 * them, as any number of its words may be lost. What is not here would be a step backwards.
 */
export const MAY_BECOME: Record<State, readonly State[]> = {
  opening: ['unknown', 'failed', 'created', 'authenticated', ...LIVE, 'expired'],
  unknown: ['failed', 'created', 'authenticated', ...LIVE, 'expired'],
  created: ['created', 'authenticated', ...LIVE, 'expired'],
  authenticated: ['authenticated', ...LIVE],
  active: LIVE,
  pending: LIVE,
  halted: LIVE,
  paused: LIVE,
  failed: [],
  cancelled: [],
  completed: [],
  expired: [],
}

export const isFinal = (state: State): boolean => MAY_BECOME[state].length === 0

/** What Razorpay said of a subscription, and when by its own clock (whole seconds). */
export interface Word {
  state: State
  asOf: Date
  paidCount: number
  authAttempts: number
}

/** What we hold: the newest word so far; `asOf` null before the first. */
export interface Held extends Omit<Word, 'asOf'> {
  asOf: Date | null
}

export interface Judgement {
  /** Whether the word takes the place of what we hold. */
  apply: boolean
  /** Whether Razorpay has to be asked, because the word alone does not settle it. */
  ask: boolean
}

/** Where two words of one second differ, the one that is further on counts until Razorpay was asked. */
const FURTHER: readonly State[] = [
  'opening',
  'unknown',
  'failed',
  'created',
  'authenticated',
  'paused',
  'active',
  'pending',
  'halted',
  'expired',
  'completed',
  'cancelled',
]

/**
 * What a webhook's word is worth. Older ones are worth nothing; a later one counts if the table allows it, else Razorpay
 * is asked. Of two in the same second, as whole seconds cannot order them, the further one counts and Razorpay is asked
 * where their states differ. So the outcome depends on the set of the words and not on their order.
 */
export function judgeEvent(held: Held, word: Word): Judgement {
  if (isFinal(held.state)) return { apply: false, ask: false }
  const older = held.asOf !== null && word.asOf < held.asOf
  if (older) return { apply: false, ask: false }
  if (!MAY_BECOME[held.state].includes(word.state)) return { apply: false, ask: true }
  if (held.asOf === null || word.asOf > held.asOf) return { apply: true, ask: false }
  return { apply: isFurther(word, held), ask: word.state !== held.state }
}

/**
 * What the answer of a fetch is worth: it was asked for after everything we hold of the same second came in, so it counts
 * there too. An answer that the table does not allow is refused; people are told.
 */
export function judgeAnswer(held: Held, word: Word): Judgement {
  const older = held.asOf !== null && word.asOf < held.asOf
  if (isFinal(held.state) || older) return { apply: false, ask: false }
  const allowed = MAY_BECOME[held.state].includes(word.state)
  return { apply: allowed, ask: !allowed }
}

function isFurther(word: Word, held: Held): boolean {
  if (word.paidCount !== held.paidCount) return word.paidCount > held.paidCount
  if (word.authAttempts !== held.authAttempts) return word.authAttempts > held.authAttempts
  return FURTHER.indexOf(word.state) > FURTHER.indexOf(held.state)
}
