import { expect, test } from 'vitest'
import { z } from 'zod'
import { deliveryId } from './delivery-id.ts'
import { backoffMs, REFUSAL_EFFECTS, refusalReason } from './refusals.ts'
import { accountStop, templateStatusAfter } from './template-status.ts'

test('a delivery has one id for its campaign and recipient, and it is a UUID that sorts with its campaign', () => {
  const campaign = '019ab5c2-7f00-7abc-8def-0123456789ab'
  const one = deliveryId(campaign, '019ab5c2-0000-7000-8000-000000000001')
  expect(deliveryId(campaign, '019ab5c2-0000-7000-8000-000000000001')).toBe(one)
  expect(one).not.toBe(deliveryId(campaign, '019ab5c2-0000-7000-8000-000000000002'))
  expect(one.slice(0, 13)).toBe(campaign.slice(0, 13))
  expect(z.uuid().safeParse(one).success).toBe(true)
})

test('waiting grows with the tries and is bounded; one pair of numbers waits by powers of four', () => {
  expect([1, 2, 3, 8, 20].map((attempts) => backoffMs(attempts, 'again', 0))).toEqual([2e3, 4e3, 8e3, 256e3, 300e3])
  expect([1, 2, 3, 4].map((attempts) => backoffMs(attempts, 'again_for_pair', 0))).toEqual([1e3, 4e3, 16e3, 64e3])
  expect(backoffMs(1, 'again', 0.999)).toBeLessThan(3e3)
})

test('every refusal is explained in words of ours', () => {
  expect(refusalReason(131026, 'recipient')).toContain('not on WhatsApp')
  expect(refusalReason(987654, null)).toBe('WhatsApp did not deliver the message.')
  expect(refusalReason(null, null)).toBe('WhatsApp did not deliver the message.')
  for (const errorClass of Object.keys(REFUSAL_EFFECTS)) {
    expect(refusalReason(5, errorClass as keyof typeof REFUSAL_EFFECTS)).toMatch(/^\S.*\.$/)
  }
})

test('what stops sending is a loss of the account or of the access, not a notice', () => {
  expect(accountStop('DISABLED_UPDATE', 'SCHEDULE_FOR_DISABLE')).not.toBeNull()
  expect(accountStop('DISABLED_UPDATE', 'REINSTATE')).toBeNull()
  expect(accountStop('PARTNER_REMOVED', null)).not.toBeNull()
  expect(accountStop('VOLUME_BASED_PRICING_TIER_UPDATE', null)).toBeNull()
  expect(templateStatusAfter('REINSTATED')).toBe('APPROVED')
  expect(templateStatusAfter('FLAGGED')).toBeNull()
})
