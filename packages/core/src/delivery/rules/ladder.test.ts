import { DeliveryState } from '@pramaan/shared'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DELIVERY_EVENTS, deliveryAfter, OPEN_DELIVERIES, type StatusEvent, statesBefore } from './ladder.ts'

/** Written out by hand, so that a change of the table has to be meant. Absent: nothing changes. */
const EXPECTED: Record<DeliveryState, string> = {
  queued: 'claim>claimed cancel>cancelled sent>sent delivered>delivered read>read failed>failed',
  claimed:
    'release>queued accept>accepted refuse>failed lose>unknown sent>sent delivered>delivered read>read failed>failed',
  unknown:
    'release>queued accept>accepted refuse>failed give_up>failed sent>sent delivered>delivered read>read failed>failed',
  accepted: 'sent>sent delivered>delivered read>read failed>failed',
  sent: 'delivered>delivered read>read failed>failed',
  delivered: 'read>read',
  read: '',
  failed: 'delivered>delivered read>read',
  cancelled: '',
}

describe.each(DeliveryState.options)('from %s', (state) => {
  test.each(DELIVERY_EVENTS)('%s leads where the table says', (event) => {
    const steps = new Map(EXPECTED[state].split(' ').map((step) => step.split('>') as [string, string]))
    expect(deliveryAfter(state, event)).toBe(steps.get(event) ?? null)
    expect(statesBefore(event).includes(state)).toBe(steps.has(event))
  })
})

const STATUSES: StatusEvent[] = ['sent', 'delivered', 'read', 'failed']
const climb = (from: DeliveryState, statuses: StatusEvent[]) =>
  statuses.reduce((state, status) => deliveryAfter(state, status) ?? state, from)

test('statuses end in the same state in whatever order and however often they come', () => {
  const anyStatuses = fc.array(fc.constantFrom(...STATUSES), { maxLength: 12 })
  fc.assert(
    fc.property(
      anyStatuses,
      fc.constantFrom(...DeliveryState.options),
      fc.infiniteStream(fc.nat()),
      (list, from, keys) => {
        const shuffled = list
          .map((status) => [keys.next().value as number, status] as const)
          .sort(([a], [b]) => a - b)
          .map(([, status]) => status)
        expect(climb(from, shuffled)).toBe(climb(from, list))
        expect(climb(from, [...list, ...list.toReversed()])).toBe(climb(from, list))
      },
    ),
    { seed: 20261125 },
  )
})

test('a message is claimed from the queue only, so nothing that may be out is sent again', () => {
  expect(statesBefore('claim')).toEqual(['queued'])
  expect(statesBefore('release')).toEqual(['claimed', 'unknown'])
})

test('what is open can still become something else', () => {
  for (const state of OPEN_DELIVERIES) expect(deliveryAfter(state, 'read')).toBe('read')
})
