import type { lookup } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { createWebhookClient, isPublicAddress } from './index.ts'

let asked = 0
const server = createServer((request, response) => {
  asked += 1
  if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' })
  else if (request.url === '/busy') response.writeHead(503)
  if (request.url !== '/silent') response.end('thank you')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const inside = createWebhookClient({ allowPrivate: true, timeoutMs: 10_000 })
const hasty = createWebhookClient({ allowPrivate: true, timeoutMs: 300 })
const post = (path: string, by = inside) => by.post(`http://127.0.0.1:${port}${path}`, { 'webhook-id': 'one' }, '{}')

test('an answer is its status, and a redirect is not followed', async () => {
  expect(await post('/')).toEqual({ status: 200 })
  expect(await post('/busy')).toEqual({ status: 503 })
  asked = 0
  expect(await post('/redirect')).toEqual({ status: 302 })
  expect(asked).toBe(1)
})

test('a receiver that says nothing in time is a failure that may be tried again', async () => {
  await expect(post('/silent', hasty)).rejects.toMatchObject({ retryable: true })
})

/** A name server that says what we tell it. */
const saying = (...addresses: string[]) =>
  ((_host: string, _options: object, done: (error: null, all: { address: string; family: number }[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof lookup

test.each([
  ['a private address', ['10.0.0.5']],
  ['this machine', ['127.0.0.1']],
  ['the address of cloud metadata', ['169.254.169.254']],
  ['a public address and a private one', ['93.184.215.14', '192.168.1.1']],
  ['a mapped private address', ['::ffff:10.0.0.5']],
  ['nothing', []],
])('a name that resolves to %s is not called', async (_, addresses) => {
  const client = createWebhookClient({ allowPrivate: false, timeoutMs: 300, resolve: saying(...addresses) })
  asked = 0
  await expect(client.post(`https://hooks.example.test:${port}/`, {}, '{}')).rejects.toMatchObject({ retryable: true })
  expect(asked).toBe(0)
})

test('the address that was looked at is the one that is called: a name is resolved once', async () => {
  let looked = 0
  const rebinding = ((host: string, options: object, done: never) => {
    looked += 1
    // The first answer is public, and any later one would be this machine.
    return saying(looked === 1 ? '192.0.2.1' : '127.0.0.1')(host, options as never, done)
  }) as unknown as typeof lookup
  const client = createWebhookClient({ allowPrivate: false, timeoutMs: 300, resolve: rebinding })
  asked = 0
  await expect(client.post(`https://hooks.example.test:${port}/`, {}, '{}')).rejects.toThrow()
  expect([looked, asked]).toEqual([1, 0])
})

const outside = createWebhookClient({ allowPrivate: false })
test.each([
  'http://example.com/hook',
  'ftp://example.com/hook',
  'https://user:secret@example.com/hook',
  'https://127.0.0.1/hook',
  'https://2130706433/hook',
  'https://0x7f.1/hook',
  'https://[::1]/hook',
  'https://[::ffff:127.0.0.1]/hook',
  'https://169.254.169.254/latest/meta-data',
  'https://localhost/hook',
  'https://database.internal/hook',
  'no address',
])('%s is refused before anything is asked', async (url) => {
  expect(outside.refusal(url)).toMatch(/^The address must/)
  await expect(outside.post(url, {}, '{}')).rejects.toMatchObject({ retryable: false })
})

test('an address of the open internet is not refused', () => {
  expect(outside.refusal('https://hooks.example.com/pramaan?x=1')).toBeNull()
  expect(['8.8.8.8', '2606:4700::1111'].every(isPublicAddress)).toBe(true)
  const closed = [
    '100.64.0.1',
    '172.31.255.255',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    'fd00::1',
    '64:ff9b::a00:1',
    'x',
  ]
  expect(closed.some(isPublicAddress)).toBe(false)
})
