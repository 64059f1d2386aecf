import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { expectProblem, type Person, testApi } from '../testing/index.ts'

const api = await testApi()

const TITLES = 'phone,name,segments,consentSource,consentWording,consentGivenAt\r\n'
const AGREED = 'form,Send me news,2026-11-20'
const CSV = { 'content-type': 'text/csv' }

async function firm(): Promise<Person> {
  const person = await api.signUp()
  await api.sql(`update advisors set tier = 'pro' where id = $1`, [person.advisorId])
  return person
}

const send = (person: Person, raw: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/recipients/import', { token: person.accessToken, raw, headers: { ...CSV, ...headers } })

async function recipientsOf({ advisorId }: Person): Promise<number> {
  const [row] = await api.sql<{ people: string }>('select count(*) as people from recipients where advisor_id = $1', [
    advisorId,
  ])
  return Number(row?.people)
}

const uploads = () => readdirSync(tmpdir()).filter((name) => name.startsWith('pramaan-upload-'))

/** Every hundredth line is wrong. */
const linesOf = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    n % 100 === 99 ? `12,Wrong,,${AGREED}\r\n` : `+9198${10_000_000 + n},"Client, ${n}",all,${AGREED}\r\n`,
  )

test('a list comes in pieces, is read from where it lies, and each wrong line is named', async () => {
  const person = await firm()
  const answer = await send(person, TITLES + linesOf(3_000).join(''))
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.body).toMatchObject({ lines: 3_000, added: 2_970, updated: 0, refused: 30 })
  const { errors } = answer.body as { errors: { line: number; column: string }[] }
  expect(errors).toHaveLength(30)
  expect(errors.slice(0, 2)).toMatchObject([
    { line: 101, column: 'phone' },
    { line: 201, column: 'phone' },
  ])
  expect(await recipientsOf(person)).toBe(2_970)
  expect(uploads()).toEqual([])
})

test('letters of several bytes are read across the borders of pieces', async () => {
  const person = await firm()
  const name = 'मीरा राव 😀'.repeat(8)
  const lines = Array.from({ length: 1_500 }, (_, n) => `+9197${10_000_000 + n},${name},,${AGREED}\r\n`)
  expect((await send(person, `\ufeff${TITLES}${lines.join('')}`)).body).toMatchObject({ added: 1_500, refused: 0 })
  const list = await api.call('GET', '/api/recipients?limit=100', { token: person.accessToken })
  const names = (list.body as { items: { name: string }[] }).items.map((item) => item.name)
  expect(new Set(names)).toEqual(new Set([name]))
})

test('the same list with the same key is answered as before, and another one is refused', async () => {
  const person = await firm()
  const headers = { 'idempotency-key': randomUUID() }
  const csv = TITLES + linesOf(50).join('')
  const first = await send(person, csv, headers)
  const again = await send(person, csv, headers)
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expectProblem(await send(person, csv.replace('Client, 7', 'Client, 8'), headers), 422, 'idempotency_mismatch')
})

test('what is not UTF-8 to its last byte, or too large, changes nothing', async () => {
  const person = await firm()
  const bytes = Buffer.concat([Buffer.from(TITLES + linesOf(2_000).join('')), Buffer.from([0xe0, 0xa4])])
  expectProblem(await send(person, new Uint8Array(bytes)), 400, 'malformed_json')
  const large = new Uint8Array(64 * 1024 * 1024 + 1)
  expectProblem(await send(person, large), 413, 'payload_too_large')
  expectProblem(await send(person, TITLES, { 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
  expectProblem(await send(person, ''), 400, 'invalid_input')
  expect(await recipientsOf(person)).toBe(0)
  expect(uploads()).toEqual([])
})

test('an upload that breaks off changes nothing and leaves nothing behind', async () => {
  const person = await firm()
  const { port } = new URL(api.url)
  const socket = connect(Number(port), '127.0.0.1')
  const body = TITLES + linesOf(2_000).join('')
  const head = [
    'POST /api/recipients/import HTTP/1.1',
    'host: 127.0.0.1',
    `authorization: Bearer ${person.accessToken}`,
    'content-type: text/csv',
    `content-length: ${Buffer.byteLength(body) + 10}`,
  ].join('\r\n')
  await new Promise<void>((resolve) => socket.write(`${head}\r\n\r\n${body}`, () => resolve()))
  socket.destroy()
  expect((await send(person, TITLES + linesOf(10).join(''))).body).toMatchObject({ added: 10 })
  await expect.poll(uploads).toEqual([])
  expect(await recipientsOf(person)).toBe(10)
})
