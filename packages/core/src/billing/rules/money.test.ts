import { type Entitlements, StateCode, TaxDocumentKind, Tier } from '@pramaan/shared'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entitlementsOf } from '../../identity/index.ts'
import { dunningTurn } from './dunning.ts'
import { documentNumber, documentSeries, financialYear, splitGst } from './gst.ts'
import { endOfPeriod } from './period.ts'
import { MANDATE_LIMIT_PAISE, PLANS, paymentOf, planOn } from './plans.ts'
import { unusedPaise } from './proration.ts'
import { STATE_NAMES } from './state-names.ts'

const paise = fc.integer({ min: 1, max: 10_000_000_000 })
const place = fc.constantFrom(...StateCode.options)

test('taxable and tax add up to the price to the paisa, and are the tax of that value', () => {
  fc.assert(
    fc.property(paise, place, place, (grossPaise, supplier, supply) => {
      const { taxablePaise, cgstPaise, sgstPaise, igstPaise } = splitGst(grossPaise, { supplier, supply })
      const tax = cgstPaise + sgstPaise + igstPaise
      expect(taxablePaise + tax).toBe(grossPaise)
      expect(Math.abs(tax - taxablePaise * 0.18)).toBeLessThanOrEqual(1)
      if (supplier === supply) {
        expect(igstPaise).toBe(0)
        expect(cgstPaise - sgstPaise).toBeGreaterThanOrEqual(0)
        expect(cgstPaise - sgstPaise).toBeLessThanOrEqual(1)
      } else expect(cgstPaise + sgstPaise).toBe(0)
    }),
  )
})

test('a price of 1178.82 is 999.00 and 179.82 of tax', () => {
  const split = { grossPaise: 117_882, taxablePaise: 99_900 }
  expect(splitGst(117_882, { supplier: '29', supply: '29' })).toEqual({
    ...split,
    cgstPaise: 8_991,
    sgstPaise: 8_991,
    igstPaise: 0,
  })
  expect(splitGst(117_882, { supplier: '29', supply: '08' })).toEqual({
    ...split,
    cgstPaise: 0,
    sgstPaise: 0,
    igstPaise: 17_982,
  })
})

test('the financial year turns on the first of April, and a number has 16 characters at most', () => {
  expect(['2026-03-31', '2026-04-01', '2099-12-31', '2100-01-01'].map(financialYear)).toEqual([
    '2526',
    '2627',
    '9900',
    '9900',
  ])
  for (const kind of TaxDocumentKind.options) {
    const number = documentNumber(documentSeries(kind, '2026-11-25'), 9_999_999)
    expect(number.length).toBeLessThanOrEqual(16)
  }
  expect(new Set(TaxDocumentKind.options.map((kind) => documentSeries(kind, '2026-11-25'))).size).toBe(2)
  expect(Object.keys(STATE_NAMES).sort()).toEqual([...StateCode.options].sort())
})

test('what goes back is never more than was paid, falls with time, and nothing is lost between now and later', () => {
  fc.assert(
    fc.property(paise, fc.integer({ min: 1, max: 400 }), fc.nat(400), fc.nat(400), (pricePaise, days, a, b) => {
      const start = new Date(Date.UTC(2026, 0, 1))
      const end = new Date(start.getTime() + days * 86_400_000)
      const at = (day: number) => unusedPaise({ pricePaise, start, end }, new Date(start.getTime() + day * 86_400_000))
      expect(at(0)).toBe(pricePaise)
      expect(at(days)).toBe(0)
      expect(at(Math.min(a, b))).toBeGreaterThanOrEqual(at(Math.max(a, b)))
      const used = pricePaise - at(Math.min(a, days))
      expect(used + at(Math.min(a, days))).toBe(pricePaise)
    }),
  )
})

test('a period ends on the same day of the month, or on the last one that the month has', () => {
  const end = (day: string, period: 'monthly' | 'yearly') =>
    endOfPeriod(new Date(`${day}T10:00:00Z`), period)
      .toISOString()
      .slice(0, 10)
  expect(end('2026-01-31', 'monthly')).toBe('2026-02-28')
  expect(end('2028-01-31', 'monthly')).toBe('2028-02-29')
  expect(end('2026-12-15', 'monthly')).toBe('2027-01-15')
  expect(end('2028-02-29', 'yearly')).toBe('2029-02-28')
})

test('every tier has a price for each period, known by an id of its own; what a mandate cannot take is an order', () => {
  expect(new Set(PLANS.map(({ id }) => id)).size).toBe(PLANS.length)
  for (const tier of Tier.options) {
    for (const period of ['monthly', 'yearly'] as const) {
      const plan = planOn('2026-11-25', tier, period)
      expect(paymentOf(plan)).toBe(plan.pricePaise > MANDATE_LIMIT_PAISE ? 'order' : 'mandate')
    }
    expect(paymentOf(planOn('2026-11-25', tier, 'monthly'))).toBe('mandate')
  }
  expect(() => planOn('2020-01-01', 'pro', 'monthly')).toThrow('no price')
})

test('a higher tier allows at least what a lower one allows, and no plan speaks of audit, approval or strictness', () => {
  const now = new Date('2026-11-25T10:00:00Z')
  const [basic, standard, pro] = Tier.options.map((tier) => entitlementsOf(tier, now))
  for (const [low, high] of [
    [basic, standard],
    [standard, pro],
  ]) {
    for (const key of Object.keys(low ?? {}) as (keyof Entitlements)[]) {
      expect(Number(high?.[key])).toBeGreaterThanOrEqual(Number(low?.[key]))
    }
  }
  expect(Object.keys(pro ?? {}).filter((key) => /audit|approv|strict|proof/i.test(key))).toEqual([])
})

test('dunning: late money is told of twice, a halt twice, a renewal thrice, each once however often it is asked', () => {
  const paidUntil = new Date(Date.UTC(2026, 5, 1))
  const tell = (
    facts: { state: 'pending' | 'halted' | 'active'; payment: 'mandate' | 'order' },
    fromDay: number,
    toDay: number,
  ) => {
    let dunningStep = 0
    const told: string[] = []
    for (let day = fromDay; day <= toDay; day++) {
      for (let times = 0; times < 3; times++) {
        const now = new Date(paidUntil.getTime() + day * 86_400_000)
        const turn = dunningTurn({ ...facts, paidUntil, dunningStep, cancelAt: null }, now)
        if (!turn) continue
        dunningStep = turn.step
        if (turn.topic) told.push(`${turn.topic} ${day}`)
        if (facts.state === 'halted') break
      }
    }
    return told
  }
  expect(tell({ state: 'pending', payment: 'mandate' }, 0, 6)).toEqual(['payment_late 0', 'payment_late 3'])
  expect(tell({ state: 'active', payment: 'order' }, -40, -1)).toEqual([
    'renewal_due -30',
    'renewal_due -7',
    'renewal_due -1',
  ])
  expect(tell({ state: 'active', payment: 'mandate' }, -40, -1)).toEqual([])
  expect(tell({ state: 'halted', payment: 'mandate' }, 0, 9)).toHaveLength(2)
})
