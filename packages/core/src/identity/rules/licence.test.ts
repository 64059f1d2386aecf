import { LicenceState } from '@pramaan/shared'
import { describe, expect, test } from 'vitest'
import {
  LICENCE_EVENTS,
  LICENCE_MACHINE,
  LICENCE_MOVERS,
  type LicenceEvent,
  type LicenceMover,
  moveLicenceState,
} from './licence.ts'

const STATES = LicenceState.options
const MOVERS: LicenceMover[] = ['member', 'admin', 'system']

/** What must hold, written out apart from the table that it checks. */
const EXPECTED: Record<LicenceState, Partial<Record<LicenceEvent, LicenceState>>> = {
  claimed: { submit_evidence: 'evidence', verify: 'verified', refuse: 'refused' },
  evidence: { verify: 'verified', refuse: 'refused' },
  verified: { come_near_expiry: 'lapsing', expire: 'lapsed', refuse: 'refused' },
  lapsing: { verify: 'verified', expire: 'lapsed', refuse: 'refused' },
  lapsed: { submit_evidence: 'evidence' },
  refused: { submit_evidence: 'evidence' },
}

describe.each(STATES)('a licence that is %s', (from) => {
  test.each(LICENCE_EVENTS)('on %s', (event) => {
    for (const mover of MOVERS) {
      const expected = LICENCE_MOVERS[event] === mover ? (EXPECTED[from][event] ?? null) : null
      expect(moveLicenceState(from, event, mover), mover).toBe(expected)
    }
  })
})

test('only an administrator makes a licence count, and no move leads to two places', () => {
  for (const { event, to } of LICENCE_MACHINE) if (to === 'verified') expect(LICENCE_MOVERS[event]).toBe('admin')
  const moves = LICENCE_MACHINE.map(({ from, event }) => `${from} ${event}`)
  expect(new Set(moves).size).toBe(moves.length)
})

test('whatever its people do, a licence is never verified without an administrator', () => {
  let reached = new Set<LicenceState>(['claimed'])
  for (let step = 0; step < STATES.length; step++) {
    const next = [...reached].flatMap((from) => LICENCE_EVENTS.map((event) => moveLicenceState(from, event, 'member')))
    reached = new Set([...reached, ...next.filter((state) => state !== null)])
  }
  expect([...reached].sort()).toEqual(['claimed', 'evidence'])
})

test('from every state there is a way to verified, so that nobody is shut out for good', () => {
  for (const start of STATES) {
    let reached = new Set<LicenceState>([start])
    for (let step = 0; step < STATES.length; step++) {
      const next = LICENCE_MACHINE.filter(({ from }) => reached.has(from)).map(({ to }) => to)
      reached = new Set([...reached, ...next])
    }
    expect(reached.has('verified'), start).toBe(true)
  }
})
