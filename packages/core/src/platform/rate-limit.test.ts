import type { Db } from '@pramaan/db'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixedClock, testWorld } from '../../testing/index.ts'
import { createRateLimiter, WINDOW_SECONDS } from './rate-limit.ts'

const world = await testWorld()

let count = 0
const freshKey = () => `advisor:${count++}`
const leaseOf = (limit: number) => Math.max(1, Math.floor(limit / 20))

/** Instances over the one database, each with its own memory and its own reading of the clock. */
function instances(offsetsMs: number[]) {
  const clock = fixedClock()
  const start = (offsetMs: number) => createRateLimiter(world.db, () => new Date(clock.now().getTime() + offsetMs))
  const all = offsetsMs.map(start)
  return {
    clock,
    take: async (which: number, key: string, limit: number) => {
      const limiter = all[which % all.length]
      if (!limiter) throw new Error('no instance')
      return limiter.take(key, limit)
    },
    /** The instance dies with what it has leased; a new one takes its place. */
    restart: (which: number) => {
      all[which % all.length] = start(offsetsMs[which % offsetsMs.length] ?? 0)
    },
    /** Takes on all instances in turn until all of them refuse. */
    async drain(key: string, limit: number): Promise<number> {
      let allowed = 0
      for (let refused = 0, i = 0; refused < all.length; i++) {
        const answer = await this.take(i, key, limit)
        refused = answer.allowed ? 0 : refused + 1
        allowed += answer.allowed ? 1 : 0
        if (allowed > 10 * limit) break
      }
      return allowed
    },
  }
}

const Step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('calls' as const),
      on: fc.nat(4),
      calls: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 70_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), on: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tier' as const), limit: fc.constantFrom(20, 100, 300) }) },
)

test('whatever instances, waits, deaths and changes of tier: no call is let through above the limit of its moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(Step, { maxLength: 30 }), async (number, steps) => {
      const fleet = instances(Array(number).fill(0))
      const key = freshKey()
      const letThrough = new Map<number, number>()
      let limit = 100
      for (const step of steps) {
        if (step.kind === 'wait') fleet.clock.advance(step.milliseconds)
        if (step.kind === 'die') fleet.restart(step.on)
        if (step.kind === 'tier') limit = step.limit
        if (step.kind !== 'calls') continue
        const seconds = fleet.clock.now().getTime() / 1000
        const minute = Math.floor(seconds / WINDOW_SECONDS)
        const stillInside = 1 - (seconds - minute * WINDOW_SECONDS) / WINDOW_SECONDS
        const answers = await Promise.all(Array.from({ length: step.calls }, () => fleet.take(step.on, key, limit)))
        const allowed = answers.filter((answer) => answer.allowed).length
        if (allowed === 0) continue
        const now = (letThrough.get(minute) ?? 0) + allowed
        letThrough.set(minute, now)
        expect(now + (letThrough.get(minute - 1) ?? 0) * stillInside).toBeLessThanOrEqual(limit)
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)

test.each([1, 2, 3, 8])(
  '%i instances together let exactly the limit through, and no more in that minute',
  async (number) => {
    for (const limit of [100, 300, 1000]) {
      const fleet = instances(Array(number).fill(0))
      const key = freshKey()
      expect(await fleet.drain(key, limit)).toBe(limit)
      fleet.clock.advance(29_000)
      expect(await fleet.drain(key, limit)).toBe(0)
    }
  },
)

test('a burst at the end of a minute is not followed by another one at the start of the next', async () => {
  const fleet = instances([0, 0])
  const key = freshKey()
  fleet.clock.advance(59_500)
  expect(await fleet.drain(key, 100)).toBe(100)
  fleet.clock.advance(1_000)
  expect(await fleet.drain(key, 100)).toBeLessThanOrEqual(1)
})

test('instances whose clocks differ by two seconds do not forget each other at the turn of a minute', async () => {
  const fleet = instances([0, 1_000, 2_000])
  const key = freshKey()
  fleet.clock.advance(57_500)
  let allowed = 0
  for (let step = 0; step < 30; step++) {
    for (let i = 0; i < 30; i++) if ((await fleet.take(i, key, 100)).allowed) allowed += 1
    fleet.clock.advance(100)
  }
  expect(allowed).toBeGreaterThan(90)
  expect(allowed).toBeLessThanOrEqual(100 + leaseOf(100))
})

test('a clock that was an hour ahead does not lock a firm out for an hour', async () => {
  const broken = instances([3_600_000])
  const key = freshKey()
  await broken.drain(key, 100)
  expect(await instances([0]).drain(key, 100)).toBe(100)
})

test('an upgrade counts at the next call, also for who was just refused', async () => {
  const fleet = instances([0, 0])
  const key = freshKey()
  expect(await fleet.drain(key, 100)).toBe(100)
  expect(await fleet.take(0, key, 300)).toMatchObject({ allowed: true, limit: 300 })
  expect(await fleet.drain(key, 300)).toBe(199)
})

test('a downgrade counts at the next call, also for an instance that holds a large lease', async () => {
  const fleet = instances([0, 0])
  const key = freshKey()
  for (let i = 0; i < 120; i++) expect((await fleet.take(i, key, 1000)).allowed).toBe(true)
  expect(await fleet.drain(key, 100)).toBe(0)
})

test('an instance that dies takes one lease with it, until the minutes it counted in are over', async () => {
  const fleet = instances([0, 0, 0])
  const key = freshKey()
  expect((await fleet.take(2, key, 100)).allowed).toBe(true)
  fleet.restart(2)
  expect(await fleet.drain(key, 100)).toBe(100 - leaseOf(100))
  fleet.clock.advance(120_000)
  expect(await fleet.drain(key, 100)).toBe(100)
})

test('a thousand calls of a firm on Pro cost twenty statements: all others are counted from memory', async () => {
  let statements = 0
  const counted: Db = {
    ...world.product,
    get read() {
      statements += 1
      return world.product.read
    },
  }
  const limiter = createRateLimiter(counted, fixedClock().now)
  const key = freshKey()
  statements = 0
  for (let call = 0; call < 1_000; call++) expect((await limiter.take(key, 1_000)).allowed).toBe(true)
  expect(statements).toBe(20)
})
