import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { readPair } from '../testing/fixtures.ts'

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url))

async function start(change: Record<string, string> = {}): Promise<ChildProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'emulators-'))
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      NODE_ENV: 'test',
      REDIS_PORT: '0',
      MAIL_DIR: join(folder, 'mail'),
      WHATSAPP_APP_ID: 'app',
      WHATSAPP_APP_SECRET: 'secret',
      WHATSAPP_VERIFY_TOKEN: 'verify',
      ...change,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    await rm(folder, { recursive: true })
  })
  return child
}

async function addresses(child: ChildProcess): Promise<Record<string, string>> {
  const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')
  return JSON.parse(String(line))
}

test('prints where everything listens, and ends on SIGTERM although clients are connected', async () => {
  const child = await start()
  const urls = await addresses(child)
  expect(Object.keys(urls).sort()).toEqual(['ai', 'razorpay', 'redis', 'smtp', 'whatsapp'])
  const sockets = Object.values(urls).map((url) =>
    connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  for (const socket of sockets) socket.destroy()
})

test('ends when the process that started it is gone', async () => {
  const child = await start()
  await addresses(child)
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each([
  [{ NODE_ENV: 'production' }, 'never run in production'],
  [{ MAIL_DIR: '', WHATSAPP_AUTO: 'maybe' }, 'MAIL_DIR'],
])('does not start with %j', async (change, complaint) => {
  const child = await start(change)
  let output = ''
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  expect(await once(child, 'close')).toEqual([1, null])
  expect(output).toContain(complaint)
})

test('Razorpay refuses in the form of the vendor', async () => {
  const urls = await addresses(await start())
  const { request, response } = readPair('razorpay/api/auth.bad-key.json')
  const anonymous = await fetch(urls.razorpay + request.path)
  expect(anonymous.status).toBe(response.status)
  expect(await anonymous.json()).toEqual(response.body)
})
