import { schema } from '@pramaan/db'
import { and, eq, isNotNull } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeAdvisor, makeStaff, type TestAdvisor } from '../../testing/factories.ts'
import { AppError } from '../platform/errors.ts'
import {
  cancelSubscription,
  changePlan,
  findMismatches,
  pauseSubscription,
  resumeSubscription,
  subscribe,
  sweepBilling,
} from './index.ts'
import { tierOf } from './rules/standing.ts'
import { billingWorld, HANDLERS } from './testing/billing-world.ts'

const world = await billingWorld()

test('the report of differences finds a payment that is not booked, and nothing where all is', async () => {
  const admin = makeStaff(world, 'admin')
  await world.advance(1)
  const from = world.clock.now().toISOString()
  await world.subscribed('basic')
  const days = { from, to: new Date(world.clock.now().getTime() + 60_000).toISOString() }
  expect((await findMismatches(admin, days)).items).toEqual([])
  const advisor = await makeAdvisor(world)
  const { checkout } = await subscribe(advisor.owner(), { plan: 'basic' })
  await world.control(`/subscriptions/${checkout?.razorpaySubscriptionId}/authenticate`, {})
  expect((await findMismatches(admin, days)).items).toMatchObject([
    { kind: 'payment_not_booked', theirs: '94400 paise' },
  ])
  await world.catchUp()
  expect((await findMismatches(admin, days)).items).toEqual([])
})

type Step =
  | {
      do:
        | 'subscribe'
        | 'change'
        | 'change_later'
        | 'yearly'
        | 'pay'
        | 'poll'
        | 'cancel'
        | 'cancel_later'
        | 'pause'
        | 'resume'
    }
  | { do: 'customer_pause' | 'customer_resume' | 'customer_cancel' | 'dashboard_cancel' | 'new_card' | 'refunds' }
  | { do: 'fail' | 'late' | 'wait'; days: number }
  | { do: 'hooks'; order: 'fifo' | 'reverse' | 'double' | 'lose' }
  | { do: 'fault'; kind: 'reset_after' | 'reset_before' | 'status' | 'rate_429' }
  | { do: 'kill'; queue: 'billing.apply-event' | 'billing.reconcile' | 'billing.refund' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'subscribe' }, { do: 'pay' }, { do: 'pay' }, { do: 'poll' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>({ do: 'change' }, { do: 'change_later' }, { do: 'yearly' }, { do: 'refunds' }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>({ do: 'cancel' }, { do: 'cancel_later' }, { do: 'pause' }, { do: 'resume' }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(
      { do: 'customer_pause' },
      { do: 'customer_resume' },
      { do: 'customer_cancel' },
      { do: 'dashboard_cancel' },
      { do: 'new_card' },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('fail' as const, 'late' as const),
      days: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 33 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('hooks' as const),
      order: fc.constantFrom('fifo' as const, 'reverse' as const, 'double' as const, 'lose' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      kind: fc.constantFrom('reset_after' as const, 'reset_before' as const, 'status' as const, 'rate_429' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      queue: fc.constantFrom('billing.apply-event' as const, 'billing.reconcile' as const, 'billing.refund' as const),
    }),
  },
)

/** Runs jobs; one that Razorpay keeps from its work is lost, as if its worker had died: the sweep has to find it. */
async function runJobs(killed?: string): Promise<void> {
  const handlers = Object.fromEntries(
    Object.entries(HANDLERS).map(([name, run]) => [
      name,
      async (...args: Parameters<NonNullable<typeof run>>) => {
        if (name === killed) return
        await run?.(...args).catch((error: Error) => {
          if (error.name !== 'UpstreamError') throw error
        })
      },
    ]),
  )
  await world.drainJobs(handlers)
}

/** Refused by our own rules or theirs: nothing a firm could not hear. */
const refusable = (error: unknown) => {
  if (!(error instanceof AppError)) throw error
}

async function act(advisor: TestAdvisor, step: Step): Promise<void> {
  const owner = advisor.owner()
  const rows = await world.rows(advisor)
  const known = rows.filter(({ razorpayId }) => razorpayId !== null)
  const last = known.at(-1)
  // Outside the product the double itself refuses what cannot be.
  const outside = (path: string, body: unknown = {}) => world.control(path, body).catch(() => undefined)
  const onSubscription = (what: string, body: unknown = {}) =>
    last?.payment === 'mandate' ? outside(`/subscriptions/${last.razorpayId}/${what}`, body) : undefined
  switch (step.do) {
    case 'subscribe':
      await subscribe(owner, { plan: 'standard' }).catch(refusable)
      return
    case 'yearly':
      await subscribe(owner, { plan: 'pro', period: 'yearly' }).catch(refusable)
      return
    case 'change':
    case 'change_later':
      await changePlan(owner, { plan: 'pro', when: step.do === 'change' ? 'now' : 'period_end' }).catch(refusable)
      return
    case 'pay':
      if (last?.payment === 'order') await outside(`/orders/${last.razorpayId}/pay`)
      else await onSubscription('authenticate', { method: 'upi' })
      return
    case 'cancel':
    case 'cancel_later':
      await cancelSubscription(owner, { when: step.do === 'cancel' ? 'now' : 'period_end' }).catch(refusable)
      return
    case 'pause':
      await pauseSubscription(owner, {}).catch(refusable)
      return
    case 'resume':
      await resumeSubscription(owner, {}).catch(refusable)
      return
    case 'fail':
      await onSubscription('next_charge', { outcome: 'fail' })
      return
    case 'late':
      await onSubscription('next_charge', { outcome: 'late', days: step.days })
      return
    case 'wait':
      await world.advance(step.days)
      return
    case 'poll':
      await sweepBilling(world.ctx())
      await runJobs()
      return
    case 'hooks':
      await hooks(step.order)
      return
    case 'fault':
      await world.fault(step.kind, {}, { times: 2 })
      return
    case 'kill':
      await hooks('fifo', step.queue)
      return
    case 'refunds':
      for (const { id, status } of (await world.truth()).refunds) {
        if (status === 'pending') await outside(`/refunds/${id}`, { result: 'processed' })
      }
      return
    default:
      await onSubscription(step.do)
  }
}

async function hooks(order: 'fifo' | 'reverse' | 'double' | 'lose', killed?: string): Promise<void> {
  const events = await world.newEvents()
  const sent = { fifo: events, reverse: events.toReversed(), double: [...events, ...events], lose: [] }[order]
  await world.deliver(sent, () => runJobs(killed))
}

/** Time and polls alone, no webhook: everything that was lost is found. */
async function settleByPolling(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await world.advance(0.3)
    await sweepBilling(world.ctx())
    await runJobs()
  }
}

test('whatever is done, lost, doubled, killed or failing: polling alone ends at what Razorpay holds, to the paisa', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 18 }), async (steps) => {
      await world.control('/reset', { account: world.account, now: world.clock.now().toISOString() })
      await world.db.read.delete(schema.razorpayPlans)
      await world.db.read.update(schema.subscriptions).set({ nextLookAt: null })
      await world.db.read.update(schema.refunds).set({ nextLookAt: null })
      const advisor = await makeAdvisor(world)
      for (const one of [...steps]) await act(advisor, one)
      await world.control('/faults/clear', { account: world.account })
      await settleByPolling()

      const truth = await world.truth()
      const money = await world.money(advisor)
      const business = new Set(
        (
          await world.db.read
            .select()
            .from(schema.subscriptions)
            .where(
              and(eq(schema.subscriptions.advisorId, advisor.advisorId), isNotNull(schema.subscriptions.razorpayId)),
            )
        ).map(({ razorpayId }) => razorpayId),
      )
      const taken = truth.payments.filter(
        (one) =>
          ['captured', 'refunded'].includes(one.status) &&
          (one.invoice_id !== null || business.has(String(one.order_id))),
      )
      expect(money.payments).toEqual(taken.map(({ id }) => id).sort())
      const given = truth.refunds.filter(({ status }) => status === 'processed')
      const total = (all: { amount: number }[]) => all.reduce((sum, { amount }) => sum + amount, 0)
      expect(money.balance.razorpay ?? 0).toBe(total(taken) - total(given))
      expect(Object.values(money.balance).reduce((sum, one) => sum + one, 0)).toBe(0)
      expect(money.documents).toHaveLength(taken.length + given.length)

      const rows = await world.rows(advisor)
      const theirs = new Map(truth.subscriptions.map(({ id, status }) => [id, status]))
      for (const row of rows) {
        if (row.payment !== 'mandate' || row.razorpayId === null) continue
        const ends = ['cancelled', 'completed', 'expired']
        const same = row.state === theirs.get(row.razorpayId)
        // What ended here and there by different words has ended.
        expect(same || (ends.includes(row.state) && ends.includes(String(theirs.get(row.razorpayId))))).toBe(true)
      }
      expect(truth.subscriptions).toHaveLength(
        rows.filter(({ payment, razorpayId }) => payment === 'mandate' && razorpayId).length,
      )
      expect(await world.tierOf(advisor)).toBe(tierOf(rows, world.clock.now()))
    }),
    { numRuns: 25, seed: 20_261_125 },
  )
}, 240_000)
