import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { UpstreamError } from '../../platform/errors.ts'
import { createMailClient, type MailMessage } from './index.ts'

const message: MailMessage = {
  to: 'asha@example.test',
  subject: 'Confirm your email address',
  text: 'नमस्ते\n\nhttps://pramaan.example/verify-email?token=abc-DEF_123',
  html: '<p>https://pramaan.example/verify-email?token=abc-DEF_123</p>',
  messageId: '<0197-a@pramaan.example>',
}

type Answer = string | 'hang up' | 'say nothing'
interface Script {
  greeting?: Answer
  'MAIL FROM'?: Answer
  'RCPT TO'?: Answer
  DATA?: Answer
  /** After the message. */
  end?: Answer
}

/** A mail server that answers as it is told and keeps what it was sent. */
async function scriptedServer(script: Script) {
  const received: string[] = []
  const server = createServer((socket) => converse(socket, script, received))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  afterAll(() => server.close())
  const { port } = server.address() as AddressInfo
  const client = createMailClient({
    url: `smtp://127.0.0.1:${port}`,
    from: 'Pramaan <no-reply@pramaan.example>',
    // Only who waits for nothing has a reason to be quick.
    socketTimeoutMs: Object.values(script).includes('say nothing') ? 1_000 : 10_000,
  })
  return { client, received }
}

function converse(socket: Socket, script: Script, received: string[]): void {
  const say = (answer: Answer) => {
    if (answer === 'hang up') socket.destroy()
    else if (answer !== 'say nothing') socket.write(`${answer}\r\n`)
  }
  let pending = ''
  let inMessage = false
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    pending += chunk.toString()
    const end = inMessage ? '\r\n.\r\n' : '\r\n'
    for (let at = pending.indexOf(end); at >= 0; at = pending.indexOf(end)) {
      const said = pending.slice(0, at)
      pending = pending.slice(at + end.length)
      if (inMessage) {
        inMessage = false
        received.push(said)
        say(script.end ?? '250 taken')
      } else if (/^EHLO/.test(said)) say('250 test')
      else if (/^MAIL FROM/.test(said)) say(script['MAIL FROM'] ?? '250 ok')
      else if (/^RCPT TO/.test(said)) say(script['RCPT TO'] ?? '250 ok')
      else if (/^DATA/.test(said)) {
        const answer = script.DATA ?? '354 go on'
        inMessage = answer.startsWith('354')
        say(answer)
        if (inMessage) return
      } else say('250 ok')
    }
  })
  say(script.greeting ?? '220 test')
}

const failureOf = async (script: Script) => {
  const { client } = await scriptedServer(script)
  const error: unknown = await client.send(message).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UpstreamError)
  const { retryable, outcomeUnknown, vendorCode } = error as UpstreamError
  return { retryable, outcomeUnknown, vendorCode }
}

test('a mail goes out in both forms, with our Message-ID, and its link can be read in the source', async () => {
  const { client, received } = await scriptedServer({})
  await client.send(message)
  const [source = ''] = received
  const plain = source.replace(/=\r?\n/g, '').replaceAll('=3D', '=')
  expect(plain.match(/token=abc-DEF_123/g)).toHaveLength(2)
  expect(source).toContain('Message-ID: <0197-a@pramaan.example>')
  expect(source).toContain('Auto-Submitted: auto-generated')
  expect(source).toContain('From: Pramaan <no-reply@pramaan.example>')
  expect(source).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/)
  expect(source).not.toContain('base64')
})

test('a file arrives as it was, under its name', async () => {
  const { client, received } = await scriptedServer({})
  const bytes = Buffer.from('%PDF-1.7 of a test')
  const attachments = [{ fileName: 'PRM-2627-0000001.pdf', contentType: 'application/pdf', bytes }]
  await client.send({ ...message, attachments })
  const source = received.join('\n')
  expect(source).toMatch(/Content-Type: application\/pdf; name=PRM-2627-0000001.pdf/)
  expect(source).toContain('Content-Disposition: attachment; filename=PRM-2627-0000001.pdf')
  expect(source).toContain(bytes.toString('base64'))
})

test.each<[string, Script, { retryable: boolean; outcomeUnknown: boolean; vendorCode: number | undefined }]>([
  [
    'refuses the recipient',
    { 'RCPT TO': '550 no such box' },
    { retryable: false, outcomeUnknown: false, vendorCode: 550 },
  ],
  ['asks to come later', { 'RCPT TO': '451 greylisted' }, { retryable: true, outcomeUnknown: false, vendorCode: 451 }],
  ['refuses the sender', { 'MAIL FROM': '553 no' }, { retryable: false, outcomeUnknown: false, vendorCode: 553 }],
  ['refuses the message', { end: '554 spam' }, { retryable: false, outcomeUnknown: false, vendorCode: 554 }],
  ['is full', { end: '452 full' }, { retryable: true, outcomeUnknown: false, vendorCode: 452 }],
  ['will not start', { DATA: '421 going down' }, { retryable: true, outcomeUnknown: false, vendorCode: 421 }],
  ['is busy', { greeting: '421 busy' }, { retryable: true, outcomeUnknown: false, vendorCode: 421 }],
  ['hangs up after the message', { end: 'hang up' }, { retryable: true, outcomeUnknown: true, vendorCode: undefined }],
  [
    'never answers the message',
    { end: 'say nothing' },
    { retryable: true, outcomeUnknown: true, vendorCode: undefined },
  ],
])('a server that %s', async (_, script, expected) => {
  expect(await failureOf(script)).toEqual(expected)
})

test('a server that is not there: nothing was sent, and it may be tried again', async () => {
  const client = createMailClient({ url: 'smtp://127.0.0.1:1', from: 'a@pramaan.example' })
  await expect(client.send(message)).rejects.toMatchObject({ retryable: true, outcomeUnknown: false })
})

test('an address cannot smuggle in a second recipient or a header', async () => {
  const { client, received } = await scriptedServer({})
  await client.send({ ...message, subject: 'Hello\r\nBcc: victim@example.test' }).catch(() => undefined)
  await client.send({ ...message, to: 'a@example.test\r\nBcc: victim@example.test' }).catch(() => undefined)
  for (const source of received) expect(source).not.toMatch(/^Bcc:/m)
})
