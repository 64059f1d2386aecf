import { expect, test } from 'vitest'
import { WHATSAPP_TEMPLATE } from '../../compliance/index.ts'
import { bodyProblem, creationProblem, editProblem, filled, framed, frameOf, unframed } from './own-template.ts'

const FRAME = frameOf(WHATSAPP_TEMPLATE.body)
const NOW = new Date('2026-11-25T06:00:00Z')
const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000)

test('a framed body names the firm, holds its words, and ends with footer and way out', () => {
  expect(framed(FRAME, 'Due: {{1}} on {{2}} today.')).toBe(
    'Message from {{1}}\n\nDue: {{2}} on {{3}} today.\n\n{{4}}\n\nReply STOP to stop these messages.',
  )
})

test.each(['No variables at all.', 'Due: {{1}} on {{2}} today.', 'x {{1}} y {{2}} z {{3}} a {{4}} b {{5}} c.'])(
  'what is framed is found again: %s',
  (body) => expect(unframed(FRAME, framed(FRAME, body))).toBe(body),
)

test.each([
  'Buy now {{1}} today.',
  'Message from {{1}}\n\nWords.',
  'Message from {{1}}\n\nWords.\n\n{{2}}\n\nReply STOP to stop these messages!',
  'Message from {{1}}\n\nWords {{3}} here.\n\n{{4}}\n\nReply STOP to stop these messages.',
  'Message from {{1}}\n\nTwo\nlines.\n\n{{2}}\n\nReply STOP to stop these messages.',
  'Message from {{1}}\n\n{{2}}\n\nReply STOP to stop these messages.',
])('what says something else is no template of ours: %j', (whole) => expect(unframed(FRAME, whole)).toBeNull())

test.each([
  ['Ends with {{1}}', 'first or last'],
  ['{{1}} begins.', 'first or last'],
  ['Side {{1}} {{2}} by side.', 'side by side'],
  ['Out {{2}} of {{1}} order.', 'in order'],
  ['Used {{1}} twice {{1}} here.', 'in order'],
  ['A {brace} here.', 'braces'],
  ['Named {{name}} here.', 'braces'],
  ['Two\nlines.', 'one paragraph'],
  ['Two  spaces.', 'one paragraph'],
  ['', 'words'],
  ['x'.repeat(1_025), '1024'],
])('%j is refused in plain words', (body, words) => expect(bodyProblem(body)).toContain(words))

test('parameters fill in their order, and none that WhatsApp would refuse or that changes another variable', () => {
  expect(filled('A {{1}} b {{2}} c.', ['x', 'y'])).toBe('A x b y c.')
  expect(filled('A {{1}} b {{2}} c.', ['{{2}}', 'y'])).toBe('A {{2}} b y c.')
  for (const wrong of [['x'], ['x', 'y', 'z'], ['', 'y'], ['x\n', 'y'], ['a  b', 'y'], [' x', 'y']]) {
    expect(filled('A {{1}} b {{2}} c.', wrong)).toBeNull()
  }
})

test('what WhatsApp limits is told before it is asked', () => {
  const free = { live: 0, lastHour: 0, nameFreeAt: null }
  expect(creationProblem(free, NOW)).toBeNull()
  expect(creationProblem({ ...free, live: 250 }, NOW)).toContain('250')
  expect(creationProblem({ ...free, lastHour: 100 }, NOW)).toContain('100')
  expect(creationProblem({ ...free, nameFreeAt: new Date('2026-12-01T06:00:00Z') }, NOW)).toContain('2026-12-01 11:30')
  expect(creationProblem({ ...free, nameFreeAt: NOW }, NOW)).toBeNull()

  const approved = { status: 'APPROVED', editedAt: [] as Date[] }
  expect(editProblem(approved, NOW)).toBeNull()
  expect(editProblem({ ...approved, editedAt: [ago(23)] }, NOW)).toContain('once in 24 hours')
  const often = Array.from({ length: 10 }, (_, day) => ago(24 * (25 - day)))
  expect(editProblem({ ...approved, editedAt: often }, NOW)).toContain('10 times in 30 days')
  expect(editProblem({ ...approved, editedAt: often.slice(1) }, NOW)).toBeNull()
  expect(editProblem({ status: 'REJECTED', editedAt: often }, NOW)).toBeNull()
  for (const status of ['PENDING', 'DISABLED', 'UNKNOWN'])
    expect(editProblem({ ...approved, status }, NOW)).toContain('It is')
})
