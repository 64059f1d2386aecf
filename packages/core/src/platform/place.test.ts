import { expect, test } from 'vitest'
import { placeOf } from './place.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:0001:2::', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['fe80::', 'fe80:0:0:0'],
  ['', ''],
  [null, ''],
])('%j is the place %j', (ip, place) => {
  expect(placeOf(ip)).toBe(place)
})
