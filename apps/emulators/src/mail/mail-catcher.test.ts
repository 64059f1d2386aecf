import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, onTestFinished, test } from 'vitest'
import { startMailCatcher } from './mail-catcher.ts'

const SAFE_NAME = /^[\w.@+=-]{1,200}\.eml$/

async function catcher() {
  const parent = await mkdtemp(join(tmpdir(), 'mail-catcher-'))
  const folder = join(parent, 'mail')
  const running = await startMailCatcher({ port: 0, folder, now: () => new Date('2026-11-25T06:30:00.123Z') })
  onTestFinished(async () => {
    await running.stop()
    await rm(parent, { recursive: true })
  })
  return { folder, url: running.url }
}

/** Says the lines one after the other, each after the answer to the one before. @returns the answers */
async function dialogue(url: string, lines: readonly string[]): Promise<string[]> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const waiting = [...lines]
  const answers: string[] = []
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString()
    // The last line of an answer has a space behind its number.
    while (/^\d{3} .*\r\n/m.test(received)) {
      const end = received.search(/^\d{3} .*\r\n/m)
      const after = received.indexOf('\r\n', end) + 2
      answers.push(received.slice(end, after).trim())
      received = received.slice(after)
      const next = waiting.shift()
      if (next === undefined) socket.end()
      else socket.write(`${next}\r\n`)
    }
  })
  await new Promise((resolve) => socket.once('close', resolve))
  return answers
}

const message = (to: string, text: string) => [
  'EHLO test',
  'MAIL FROM:<no-reply@pramaan.test>',
  ...to.split(' ').map((address) => `RCPT TO:<${address}>`),
  'DATA',
  `Subject: Hello\r\nTo: ${to}\r\n\r\n${text}\r\n.`,
  'QUIT',
]

test('a message lies in the folder as it was sent, under a name that sorts by time', async () => {
  const { folder, url } = await catcher()
  await dialogue(url, message('asha+a@example.test', 'first\r\n..with a dot'))
  await dialogue(url, message('ravi@example.test', 'second'))
  const names = (await readdir(folder)).sort()
  expect(names).toEqual([
    '2026-11-25T06-30-00.123001Z-asha+a@example.test.eml',
    '2026-11-25T06-30-00.123002Z-ravi@example.test.eml',
  ])
  const source = await readFile(join(folder, names[0] ?? ''))
  expect(source.toString()).toBe('Subject: Hello\r\nTo: asha+a@example.test\r\n\r\nfirst\r\n.with a dot\r\n')
  expect((await simpleParser(source)).subject).toBe('Hello')
})

test('every recipient gets a file, and no address can name a path', async () => {
  const { folder, url } = await catcher()
  const long = `${'x'.repeat(60)}@${'y'.repeat(60)}.${'z'.repeat(60)}.test`
  await dialogue(url, message(`/tmp/&x*%00@example.test ${long}`, 'text'))
  const names = await readdir(folder)
  expect(names).toHaveLength(2)
  for (const name of names) expect(name).toMatch(SAFE_NAME)
})

test('a message over 5 MB is refused, whether it is announced or not', async () => {
  const { folder, url } = await catcher()
  const lines = message('asha@example.test', `${'x'.repeat(70)}\r\n`.repeat(72_000))
  expect((await dialogue(url, lines))[5]).toMatch(/^552 /)
  const announced = await dialogue(url, ['EHLO test', 'MAIL FROM:<a@b.test> SIZE=6000000', 'QUIT'])
  expect(announced[2]).toMatch(/^552 /)
  expect(await readdir(folder)).toEqual([])
})

test('it asks for no login and offers no TLS', async () => {
  const { url } = await catcher()
  const answers = await dialogue(url, ['EHLO test', 'STARTTLS', 'AUTH PLAIN AGEAYg==', 'QUIT'])
  expect(answers.slice(2, 4)).toEqual([expect.stringMatching(/^5/), expect.stringMatching(/^5/)])
})
