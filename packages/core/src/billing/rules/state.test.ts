import { SubscriptionState, Tier } from '@pramaan/shared'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tierAt } from '../../identity/index.ts'
import { GRACE_MS, graceUntil, nextLookAt, type StandingFacts, standingOf, tierFactsOf, tierOf } from './standing.ts'
import { type Held, isFinal, judgeAnswer, judgeEvent, MAY_BECOME, type Word } from './state.ts'

const STATES = SubscriptionState.options
const RAZORPAYS = STATES.filter((state) => !['opening', 'unknown', 'failed'].includes(state))
const PHASE: Record<SubscriptionState, number> = {
  opening: 0,
  unknown: 1,
  failed: 5,
  created: 2,
  authenticated: 3,
  active: 4,
  pending: 4,
  halted: 4,
  paused: 4,
  cancelled: 5,
  completed: 5,
  expired: 5,
}

const START = Date.UTC(2026, 0, 1)
const seconds = fc.integer({ min: 0, max: 6 }).map((at) => new Date(START + at * 1_000))
const word: fc.Arbitrary<Word> = fc.record({
  state: fc.constantFrom(...RAZORPAYS),
  asOf: seconds,
  paidCount: fc.nat(3),
  authAttempts: fc.nat(4),
})
const FRESH: Held = { state: 'created', asOf: null, paidCount: 0, authAttempts: 0 }
const after = (held: Held, next: Word): Held => (judgeEvent(held, next).apply ? next : held)

test('every state and every word: it never goes back, and an end is the end', () => {
  for (const from of STATES) {
    for (const to of MAY_BECOME[from]) expect(PHASE[to], `${from} to ${to}`).toBeGreaterThanOrEqual(PHASE[from])
    const held = { ...FRESH, state: from, asOf: new Date(START) }
    for (const state of RAZORPAYS) {
      for (const milliseconds of [-1_000, 0, 1_000]) {
        const said = { ...FRESH, state, asOf: new Date(START + milliseconds), paidCount: 1 }
        for (const judge of [judgeEvent, judgeAnswer]) {
          const { apply } = judge(held, said)
          if (isFinal(from) || milliseconds < 0) expect(apply).toBe(false)
          if (apply) expect(PHASE[state]).toBeGreaterThanOrEqual(PHASE[from])
        }
      }
    }
  }
})

test('the ends are exactly what was never made, cancelled, completed and expired', () => {
  expect(STATES.filter(isFinal)).toEqual(['failed', 'cancelled', 'completed', 'expired'])
})

test('words of different seconds, in any order and any number, lead to the same state', () => {
  // A history that can happen: each word is one that the last one may become, at a later second.
  const history = fc.array(fc.tuple(word, fc.nat()), { minLength: 1, maxLength: 8 }).map((parts) => {
    const words: Word[] = []
    let state: SubscriptionState = 'created'
    for (const [index, [one, choice]] of parts.entries()) {
      const options: SubscriptionState[] = MAY_BECOME[state].filter((to) => RAZORPAYS.includes(to))
      if (options.length === 0) break
      state = options[choice % options.length] ?? state
      words.push({ ...one, state, asOf: new Date(START + index * 1_000) })
    }
    return words
  })
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.nat()), (words, random) => {
      const doubled = [...words, ...words]
      const shuffled = doubled
        .map((one) => ({ one, key: random.next().value ?? 0 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ one }) => one)
      const inOrder = words.reduce(after, FRESH)
      expect(shuffled.reduce(after, FRESH)).toEqual(inOrder)
      expect(words.toReversed().reduce(after, FRESH)).toEqual(inOrder)
      expect(inOrder).toEqual(words.at(-1))
    }),
  )
})

test('two words of one second: either order ends the same, and where they differ Razorpay is asked', () => {
  const live = fc.constantFrom<SubscriptionState>('active', 'pending', 'halted', 'paused')
  const pair = fc.tuple(word, live, word, live).map(([a, stateA, b, stateB]): [Word, Word] => {
    const asOf = new Date(START)
    return [
      { ...a, state: stateA, asOf },
      { ...b, state: stateB, asOf },
    ]
  })
  fc.assert(
    fc.property(pair, ([a, b]) => {
      expect(after(after(FRESH, a), b)).toEqual(after(after(FRESH, b), a))
      if (a.state !== b.state) expect(judgeEvent(after(FRESH, a), b).ask).toBe(true)
    }),
  )
})

describe('standing', () => {
  const date = fc.option(
    fc.integer({ min: 0, max: 60 }).map((day) => new Date(START + day * 86_400_000)),
    { nil: null },
  )
  const facts: fc.Arbitrary<StandingFacts> = fc.record({
    state: fc.constantFrom(...STATES),
    tier: fc.constantFrom(...Tier.options),
    payment: fc.constantFrom('mandate', 'order'),
    cancelAt: fc.constantFrom(null, 'now', 'period_end'),
    paidUntil: date,
    currentStart: date,
    startsAt: date,
    endedAt: date,
  })
  const moment = fc.integer({ min: -5, max: 80 }).map((day) => new Date(START + day * 86_400_000))

  test('nothing stands without money, trial or grace; what we ended gives nothing', () => {
    fc.assert(
      fc.property(facts, moment, (one, now) => {
        const standing = standingOf(one, now)
        if (one.endedAt !== null) expect(standing).toBe('none')
        if (['opening', 'unknown', 'failed', 'created', 'expired'].includes(one.state)) expect(standing).toBe('none')
        if (standing === 'paid') expect(Number(one.paidUntil)).toBeGreaterThan(now.getTime())
        if (standing === 'grace') expect(['active', 'pending']).toContain(one.state)
      }),
    )
  })

  test('grace opens when what is paid has ended, lasts seven days, and a halt closes it', () => {
    const paidUntil = new Date(START)
    const dates = { paidUntil, currentStart: paidUntil, startsAt: null, endedAt: null }
    const base = { tier: 'pro' as const, payment: 'mandate' as const, cancelAt: null, ...dates }
    const at = (ms: number) => new Date(START + ms)
    for (const state of ['active', 'pending'] as const) {
      expect(standingOf({ ...base, state }, at(-1))).toBe('paid')
      expect(standingOf({ ...base, state }, at(0))).toBe('grace')
      expect(standingOf({ ...base, state }, at(GRACE_MS - 1))).toBe('grace')
      expect(standingOf({ ...base, state }, at(GRACE_MS))).toBe('none')
    }
    expect(graceUntil({ ...base, state: 'halted' })).toBeNull()
    expect(graceUntil({ ...base, state: 'active', payment: 'order' })).toBeNull()
    const cancelled = { ...base, state: 'active' as const, cancelAt: 'period_end' as const }
    expect(graceUntil({ ...cancelled, currentStart: at(-1) })).toBeNull()
    expect(graceUntil(cancelled)).toEqual(at(GRACE_MS))
    expect(standingOf({ ...base, state: 'halted' }, at(0))).toBe('none')
    expect(standingOf({ ...base, state: 'cancelled' }, at(-1))).toBe('paid')
  })

  test('a mandate for later gives its tier from its start, and not for ever where no money comes', () => {
    const dates = { paidUntil: null, currentStart: null, startsAt: new Date(START), endedAt: null }
    const one = { state: 'authenticated' as const, tier: 'pro' as const, payment: 'mandate' as const, ...dates }
    const standing = (ms: number) => standingOf({ ...one, cancelAt: null }, new Date(START + ms))
    expect([-1, 0, GRACE_MS - 1, GRACE_MS].map(standing)).toEqual(['none', 'trial', 'trial', 'none'])
  })

  test('what is kept of a tier says for every later moment what the subscriptions would say then', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 4 }), moment, moment, (all, a, b) => {
        const [now, later] = a < b ? [a, b] : [b, a]
        expect(tierAt(tierFactsOf(all, now), later)).toBe(tierOf(all, later))
      }),
    )
  })

  test('the tier is the highest that stands, and whatever changes by time alone is looked at by then', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 4 }), moment, (all, now) => {
        const standing = all.filter((one) => standingOf(one, now) !== 'none').map(({ tier }) => tier)
        const best = Tier.options.findLast((tier) => standing.includes(tier)) ?? 'basic'
        expect(tierOf(all, now)).toBe(best)
        for (const one of all) {
          const look = nextLookAt(one, now)
          if (one.endedAt !== null) continue
          const later = new Date((look?.getTime() ?? now.getTime() + 365 * 86_400_000) - 1)
          if (later > now) expect(standingOf(one, later) === 'none').toBe(standingOf(one, now) === 'none')
        }
      }),
    )
  })
})
