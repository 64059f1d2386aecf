import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { exportRecipients, importRecipients, listRecipients, optOutRecipient, setSegments } from './index.ts'

const world = await testWorld()
const { consents } = schema

const TITLES = 'Phone,Name,Segments,Consent source,consent_wording,consentGivenAt'
const AGREED = 'form,Send me news,2026-11-20'
const csv = (...lines: string[]) => [TITLES, ...lines].join('\r\n')
const load = (firm: TestAdvisor, ...lines: string[]) => importRecipients(firm.owner(), { csv: csv(...lines) })
const ledgerOf = (firm: TestAdvisor) =>
  world.db.read.select().from(consents).where(eq(consents.advisorId, firm.advisorId))

test('lines that are right count, and each that is wrong is named with its line and column', async () => {
  const firm = await makeAdvisor(world)
  const result = await load(
    firm,
    `98765 43210,"Rao, Meera",retired;mumbai,${AGREED}`,
    `+919876543211,Asha,,${AGREED}`,
    `12345,Nobody,,${AGREED}`,
    '',
    `+919876543212,No consent,,form,,2026-11-20`,
    `+91 98765-43210,Twice,,${AGREED}`,
    `+919876543213,Wrong segment,Retired People!,${AGREED}`,
  )
  expect(result).toMatchObject({ lines: 6, added: 2, updated: 0, refused: 4 })
  expect(result.errors.map(({ line, column }) => [line, column])).toEqual([
    [4, 'phone'],
    [6, 'consentWording'],
    [7, 'phone'],
    [8, 'segments'],
  ])
  expect(result.errors[2]?.message).toContain('line 2')
  const { items } = await listRecipients(firm.owner(), {})
  const meera = items.find((item) => item.phone === '+919876543210')
  expect(meera).toMatchObject({ name: 'Rao, Meera', segments: ['mumbai', 'retired'], state: 'active' })
  expect(await ledgerOf(firm)).toHaveLength(2)
})

test('doing it again adds nobody and no consent; who is known gets new segments, and stays opted out', async () => {
  const firm = await makeAdvisor(world)
  await load(firm, `+919876543210,Meera,retired,${AGREED}`)
  const [meera] = (await listRecipients(firm.owner(), {})).items
  await optOutRecipient(firm.owner(), { id: meera?.id ?? '' })
  expect(await load(firm, `+919876543210,Meera,retired,${AGREED}`)).toMatchObject({ added: 0, updated: 1 })
  expect(await load(firm, `+919876543210,Meera,mumbai,${AGREED}`)).toMatchObject({ added: 0, updated: 1 })
  const { items } = await listRecipients(firm.owner(), {})
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({ segments: ['mumbai', 'retired'], state: 'opted_out' })
  expect((await ledgerOf(firm)).map((row) => row.action).sort()).toEqual(['granted', 'withdrawn'])
})

test.each([
  ['no titles that we know', 'a,b\nphone,2', /phone is one of them/],
  ['a quote that does not end', `${TITLES}\n"+919876543210,x,y`, /no CSV/],
])('a text with %s is refused, and says why', async (_, text, words) => {
  const firm = await makeAdvisor(world)
  await expect(importRecipients(firm.owner(), { csv: text })).rejects.toMatchObject({
    code: 'invalid_input',
    publicMessage: expect.stringMatching(words),
  })
})

test('many lines are written in batches, each with its own entry in the log', async () => {
  const firm = await makeAdvisor(world)
  const lines = Array.from({ length: 2_500 }, (_, n) => `+9198${String(10_000_000 + n)},Client ${n},all,${AGREED}`)
  expect(await load(firm, ...lines)).toMatchObject({ lines: 2_500, added: 2_500, refused: 0 })
  const actions = await world.auditActions(firm.advisorId)
  expect(actions.filter((action) => action === 'recipients.batch_imported')).toHaveLength(3)
  expect(actions.at(-1)).toBe('recipients.imported')
})

test('an export holds no formula, in parts, and is read again by an import', async () => {
  const firm = await makeAdvisor(world)
  await load(firm, `+919876543210,"=cmd|' /C calc'!A0",retired,${AGREED}`, `+919876543211,"say ""hi""",,${AGREED}`)
  const first = await exportRecipients(firm.owner(), { limit: 1 })
  const second = await exportRecipients(firm.owner(), { limit: 1, cursor: first.nextCursor ?? '' })
  const whole = first.csv + second.csv
  const cells = whole.split(/\r\n|,/).filter((cell) => /^"[=+\-@]/.test(cell))
  expect(cells).toEqual([])
  expect(whole).toContain(`"'=cmd|' /C calc'!A0"`)
  expect(whole.match(/"phone"/g)).toHaveLength(1)
  const other = await makeAdvisor(world)
  const consented = whole
    .trim()
    .split('\r\n')
    .map((line, index) => (index === 0 ? `${line},consentSource,consentWording,consentGivenAt` : `${line},${AGREED}`))
  const again = await importRecipients(other.owner(), { csv: consented.join('\r\n') })
  expect(again).toMatchObject({ added: 2, refused: 0 })
  const names = (await listRecipients(other.owner(), {})).items.map((item) => item.name)
  expect(names.sort()).toEqual([`=cmd|' /C calc'!A0`, 'say "hi"'])
})

test('segments are set as a whole, of one`s own recipients only', async () => {
  const [firm, other] = [await makeAdvisor(world), await makeAdvisor(world)]
  await load(firm, `+919876543210,Meera,retired,${AGREED}`)
  const [meera] = (await listRecipients(firm.owner(), {})).items
  const id = meera?.id ?? ''
  expect((await setSegments(firm.owner(), { id, segments: ['b', 'a', 'b'] })).segments).toEqual(['a', 'b'])
  await expect(setSegments(other.owner(), { id, segments: [] })).rejects.toMatchObject({ code: 'not_found' })
  const rows = and(eq(schema.recipients.advisorId, firm.advisorId), eq(schema.recipients.id, id))
  const [row] = await world.db.read.select().from(schema.recipients).where(rows)
  expect(row?.country).toBe('IN')
})
