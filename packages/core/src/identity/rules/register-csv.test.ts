import { expect, test } from 'vitest'
import { endOfIstDay, lapsingUntil } from './licence-day.ts'
import { readRegisterCsv } from './register-csv.ts'

test('a list is read by its headings, with quotes, doubled quotes, both line ends and a byte-order mark', () => {
  const csv = '\uFEFFName,"ARN",Valid till\r\n"Shah, ""Meera""",12345,31-Dec-2027\r\n\r\nVerma,ARN-6,01/02/2028\n'
  expect(readRegisterCsv('MFD', csv)).toEqual([
    { number: 'ARN-12345', name: 'Shah, "Meera"', validUntil: new Date('2027-12-31T18:30:00Z') },
    { number: 'ARN-6', name: 'Verma', validUntil: new Date('2028-02-01T18:30:00Z') },
  ])
})

test('of a number that stands there twice the last line counts, and a day may be missing', () => {
  const csv = 'number,name\nINA000012345,Old name\nINA000012345,New name'
  expect(readRegisterCsv('IA', csv)).toEqual([{ number: 'INA000012345', name: 'New name', validUntil: null }])
})

test.each([
  ['no number column', 'name,validUntil\nX,2027-01-01', /first line/],
  ['no entry', 'number,name\n', /no entry/],
  ['a number of another register', 'number,name\nINH000012345,X', /Line 2: "INH000012345"/],
  ['a day that is none', 'number,name,validUntil\nINA000012345,X,31-02-2027', /Line 2: "31-02-2027"/],
  ['a quote in the middle', 'number,name\nINA000012345,X"Y', /Line 2/],
  ['a wrong number after a cell of two lines', 'number,name\nINA000012345,"X\nY"\n?,Z', /Line 4/],
])('a list with %s is refused, and says where', (_, csv, message) => {
  expect(() => readRegisterCsv('IA', csv)).toThrow(message)
})

test('fifty thousand characters of quotes and commas are read or refused within a blink', () => {
  // Time on the processor, which other processes cannot spoil.
  const before = process.cpuUsage().user
  for (const filler of ['"', ',', '""', '",', '\n']) {
    expect(() => readRegisterCsv('IA', `number,name\n${filler.repeat(50_000)}`)).toThrow()
  }
  expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_000)
})

test('a day ends at midnight in India', () => {
  expect(endOfIstDay('2026-11-24')).toEqual(new Date('2026-11-24T18:30:00.000Z'))
})

test.each([
  ['2026-11-23T18:29:59.999Z', '2026-12-23T18:30:00.000Z'],
  ['2026-11-23T18:30:00.000Z', '2026-12-24T18:30:00.000Z'],
  ['2026-11-24T18:29:59.999Z', '2026-12-24T18:30:00.000Z'],
])('at %s, what ends by %s is lapsing: 30 days of India are left', (now, until) => {
  expect(lapsingUntil(new Date(now))).toEqual(new Date(until))
})
