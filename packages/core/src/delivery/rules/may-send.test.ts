import { expect, test } from 'vitest'
import { CANCEL_REASONS, HOLD_REASONS, hasLicenceInForce, maySend, type SendFacts } from './may-send.ts'

const READY: SendFacts = {
  campaignState: 'sending',
  recipientState: 'active',
  consented: true,
  advisorActive: true,
  licenceValid: true,
  proofValid: true,
  connectionState: 'connected',
  templateStatus: 'APPROVED',
  parametersFit: true,
}

test('a message goes out when everything is as it must be', () => {
  expect(maySend(READY)).toEqual({ do: 'send' })
})

test.each<[Partial<SendFacts>, object]>([
  [{ campaignState: 'held' }, { do: 'wait' }],
  [{ campaignState: 'scheduled' }, { do: 'wait' }],
  [{ campaignState: 'draft' }, { do: 'wait' }],
  [{ campaignState: 'cancelled' }, { do: 'cancel', reason: CANCEL_REASONS.cancelled }],
  [{ campaignState: 'completed' }, { do: 'cancel', reason: CANCEL_REASONS.cancelled }],
  [{ recipientState: 'opted_out' }, { do: 'cancel', reason: CANCEL_REASONS.optedOut }],
  [{ consented: false }, { do: 'cancel', reason: CANCEL_REASONS.noConsent }],
  [{ advisorActive: false }, { do: 'hold', reason: HOLD_REASONS.advisor }],
  [{ licenceValid: false }, { do: 'hold', reason: HOLD_REASONS.licence }],
  [{ proofValid: false }, { do: 'hold', reason: HOLD_REASONS.proof }],
  [{ connectionState: 'failed' }, { do: 'hold', reason: HOLD_REASONS.connection }],
  [{ connectionState: null }, { do: 'hold', reason: HOLD_REASONS.connection }],
  [{ templateStatus: 'PAUSED' }, { do: 'hold', reason: HOLD_REASONS.template }],
  [{ templateStatus: null }, { do: 'hold', reason: HOLD_REASONS.template }],
])('with %j it does not', (change, decision) => {
  expect(maySend({ ...READY, ...change })).toEqual(decision)
})

test('a licence is in force when it is verified and its date has not passed', () => {
  const now = new Date('2026-11-25T00:00:00Z')
  const before = new Date('2026-11-24T00:00:00Z')
  const after = new Date('2026-11-26T00:00:00Z')
  expect(hasLicenceInForce([{ state: 'verified', validUntil: null }], now)).toBe(true)
  expect(hasLicenceInForce([{ state: 'verified', validUntil: after }], now)).toBe(true)
  expect(hasLicenceInForce([{ state: 'verified', validUntil: before }], now)).toBe(false)
  expect(hasLicenceInForce([{ state: 'verified', validUntil: now }], now)).toBe(false)
  expect(hasLicenceInForce([{ state: 'lapsing', validUntil: after }], now)).toBe(true)
  expect(hasLicenceInForce([{ state: 'lapsing', validUntil: now }], now)).toBe(false)
  for (const state of ['claimed', 'evidence', 'lapsed', 'refused']) {
    expect(hasLicenceInForce([{ state, validUntil: null }], now)).toBe(false)
  }
  expect(hasLicenceInForce([], now)).toBe(false)
})
