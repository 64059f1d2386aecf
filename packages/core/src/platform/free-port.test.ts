import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort, LOOPBACK, tryPort } from './free-port.ts'

test('a free port is one that can be listened on, and none that systems give to outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  for (const port of ports) expect(await tryPort(port)).toBe(port)
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000)
  expect(Math.max(...ports)).toBeLessThan(32_768)
})

test('a port that somebody listens on is not said to be free', async () => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve))
  try {
    await expect(tryPort(port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
