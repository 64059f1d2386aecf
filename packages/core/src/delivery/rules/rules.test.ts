import { expect, test } from 'vitest'
import { z } from 'zod'
import { errorClassOf } from '../../clients/whatsapp/index.ts'
import { deliveryId } from './delivery-id.ts'
import { backoffMs, REFUSAL_EFFECTS, refusalEffect, refusalReason } from './refusals.ts'
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

/** The table of error codes (whatsapp.md section 8), line by line: its codes and what is to become of a message. */
const TABLE: [string, number[], object][] = [
  ['back off', [1, 2, 131000, 131016, 133004], { delivery: 'again' }],
  ['back off, the whole number', [4, 80007, 130429, 131057], { delivery: 'again', pauses: true }],
  ['back off for this person', [131056], { delivery: 'again_for_pair' }],
  ['not before 24 hours, once', [131049], { delivery: 'once_tomorrow', marksPerson: true }],
  ['mark the person', [131026, 130403, 130472, 131021, 131062], { delivery: 'fail', marksPerson: true }],
  ['opt the person out', [131050], { delivery: 'fail', optsOut: true, marksPerson: true }],
  ['only a template now', [131047], { delivery: 'fail' }],
  ['fix the request', [100, 131008, 131009, 131051, 131053, 132012, 132018, 132068, 132069], { delivery: 'fail' }],
  ['fix the template', [132000, 132001, 132005, 132007], { delivery: 'again', holds: 'template' }],
  ['hold until the template is well', [132015, 132016], { delivery: 'again', holds: 'template' }],
  ['hold the campaign', [131048, 131064, 131063, 131061], { delivery: 'again', holds: 'vendor' }],
  [
    'stop the account',
    [0, 190, 3, 10, 200, 250, 299, 131005, 131031, 368, 130497, 131042, 131045, 133010, 131037, 33],
    { delivery: 'again', holds: 'connection' },
  ],
]
test.each(TABLE)('%s: %j', (_, codes, effect) => {
  for (const code of codes) expect(refusalEffect(code, errorClassOf(code), false), String(code)).toEqual(effect)
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
