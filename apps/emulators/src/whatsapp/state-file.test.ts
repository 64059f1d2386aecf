import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  approvedTemplate,
  RAVI,
  SEND,
  templateMessage,
  WABA,
  webhookReceiver,
  whatsappWorld,
} from '../../testing/whatsapp-world.ts'

test('a restart loses neither tokens nor templates, and what was under way goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'whatsapp-state-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const stateFile = join(folder, 'deep', 'whatsapp.json')

  const before = await whatsappWorld({ stateFile })
  await approvedTemplate(before)
  expect((await before.graph('POST', SEND, templateMessage(RAVI))).status).toBe(200)
  await before.control('/clock', { wabaId: WABA, advance_s: 1 })
  const waiting = (await before.deliveries()).map((delivery) => delivery.body)
  await before.stop()
  expect((await stat(stateFile)).mode & 0o777).toBe(0o600)

  const receiver = await webhookReceiver()
  const after = await whatsappWorld({ stateFile, auto: true, webhookUrl: receiver.url })
  const again = await after.graph('POST', SEND, templateMessage(RAVI), before.token)
  expect(again.status).toBe(200)
  await vi.waitFor(
    async () => {
      const messages = JSON.parse((await after.control('/messages')).text)
      expect(messages.map((message: { status: string }) => message.status)).toEqual(['read', 'read'])
      expect((await after.deliveries()).every((delivery) => delivery.status === 'delivered')).toBe(true)
    },
    { timeout: 10_000 },
  )
  const received = receiver.received.map(({ body }) => String(body))
  expect(received).toEqual(expect.arrayContaining(waiting))
  // The first message was sent before the restart: its two other statuses and the three of the second are new.
  expect(received).toHaveLength(waiting.length + 2 + 3)
})
