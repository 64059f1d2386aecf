import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { runPramaan } from '../testing/run-pramaan.ts'
import { cutCsv } from './licences.ts'

interface Sent {
  authorization: string | undefined
  body: { type: string; listedOn: string; csv: string; complete: boolean }
}

/** An API that takes what it is told to take. */
async function api(statuses: number[]) {
  const sent: Sent[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    sent.push({ authorization: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) })
    response.statusCode = statuses[sent.length - 1] ?? 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ total: 9_000, gone: 3, detail: 'There is a newer list already.' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent }
}

function importList(csv: string, url: string) {
  const args = ['licences', 'import', 'list.csv', '--type', 'mfd', '--listed-on', '2026-11-24', '--token-file', 'token']
  return runPramaan([...args, '--url', url], { readFile: async (path) => (path === 'token' ? 'the-token\n' : csv) })
}

test('a large list goes in parts, each with the heading, and only the last completes it', async () => {
  const { url, sent } = await api([])
  const entries = Array.from(
    { length: 9_000 },
    (_, index) => `ARN-${index + 1},Distributor number ${index + 1},31-12-2027\n`,
  )
  const { status, stdout } = await importList(`number,name,validUntil\n${entries.join('')}`, url)
  expect([status, stdout]).toEqual([0, 'MFD: 9000 entries of 2026-11-24, 3 are gone.\n'])
  expect(sent.length).toBeGreaterThan(2)
  expect(sent.map(({ body }) => body.complete)).toEqual([...sent.slice(1).map(() => false), true])
  expect(sent.every(({ authorization }) => authorization === 'Bearer the-token')).toBe(true)
  const heading = 'number,name,validUntil\n'
  expect(sent.every(({ body }) => body.csv.startsWith(heading) && body.csv.length <= 150_000)).toBe(true)
  expect(sent.map(({ body }) => body.csv.slice(heading.length)).join('')).toBe(entries.join(''))
})

test('a part that is refused ends the import, with the words of the API', async () => {
  const { url, sent } = await api([409])
  const { status, stderr } = await importList('number,name\nARN-1,Somebody\n', url)
  expect([status, stderr]).toEqual([1, 'error: part 1 of 1: There is a newer list already.\n'])
  expect(sent).toHaveLength(1)
})

test('a list is never cut inside a quoted cell', () => {
  const csv = 'number,name\nARN-1,"two\nlines"\nARN-2,"says ""hello"""\n'
  expect(cutCsv(csv, 10)).toEqual(['number,name\nARN-1,"two\nlines"\n', 'number,name\nARN-2,"says ""hello"""\n'])
})
