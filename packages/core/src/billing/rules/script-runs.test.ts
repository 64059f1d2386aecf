import { expect, test } from 'vitest'
import { runsOf } from './script-runs.ts'

test('a line is split by script, joiners stay with their letters, and what no font shows is a question mark', () => {
  expect(runsOf('केसर Capital & કેસર, தமிழ்')).toEqual([
    { script: 'devanagari', text: 'केसर' },
    { script: 'latin', text: ' Capital & ' },
    { script: 'gujarati', text: 'કેસર' },
    { script: 'latin', text: ', ' },
    { script: 'tamil', text: 'தமிழ்' },
  ])
  expect(runsOf('क्‍ष')).toEqual([{ script: 'devanagari', text: 'क्‍ष' }])
  expect(runsOf('a\u200db')).toEqual([{ script: 'latin', text: 'ab' }])
  expect(runsOf('કેસર।')).toEqual([{ script: 'gujarati', text: 'કેસર।' }])
  expect(runsOf('ਕੇ 株 ₹5')).toEqual([
    { script: 'latin', text: '?? ? ' },
    { script: 'devanagari', text: '₹' },
    { script: 'latin', text: '5' },
  ])
  expect(runsOf('')).toEqual([])
})
