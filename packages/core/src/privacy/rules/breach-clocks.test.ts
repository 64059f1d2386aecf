import { BreachAudience } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { dueAt, reportText } from './breach-clocks.ts'

const noticedAt = new Date('2026-11-24T06:30:00.000Z')
const breach = {
  id: '01990000-0000-7000-8000-000000000001',
  summary: 'A laptop with an export was stolen.',
  noticedAt,
  dataConcerned: 'names and phone numbers',
  peopleConcerned: null,
  measures: '',
}

test('CERT-In hears within six hours, the Board within seventy-two, and both clocks start when it was noticed', () => {
  expect(dueAt('cert_in', noticedAt).toISOString()).toBe('2026-11-24T12:30:00.000Z')
  expect(dueAt('board', noticedAt).toISOString()).toBe('2026-11-27T06:30:00.000Z')
  expect(dueAt('people', noticedAt) <= dueAt('cert_in', noticedAt)).toBe(true)
})

test('every report says what is on record, and leaves open in brackets what nobody knows yet', () => {
  for (const audience of BreachAudience.options) {
    const text = reportText(audience, breach)
    for (const fact of [breach.id, breach.summary, breach.dataConcerned]) expect(text).toContain(fact)
    expect(text).toMatch(/\[.+\]/)
  }
  expect(reportText('board', { ...breach, peopleConcerned: 412 })).toContain('412')
})
