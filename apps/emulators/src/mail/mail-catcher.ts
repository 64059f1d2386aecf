import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { listen, type Running } from '../listen.ts'

const MAX_MESSAGE_BYTES = 5_000_000

/** A pool of senders keeps its connections open; the end does not wait for them. */
const CLOSE_TIMEOUT_MS = 100

/** SMTP reply 552 of RFC 5321: the message is larger than the server takes. */
const TOO_LARGE = 552

/**
 * An SMTP server that delivers nothing: each message lies afterwards, byte for byte as it was sent, as
 * `<time>-<to>.eml` in the folder, one file for each recipient. The names sort by time, also inside a millisecond.
 */
export async function startMailCatcher(options: { port: number; folder: string; now: () => Date }): Promise<Running> {
  await mkdir(options.folder, { recursive: true })
  const nextName = createNaming(options.now)
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MESSAGE_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
    onData(stream, session, done) {
      const recipients = session.envelope.rcptTo.map((recipient) => recipient.address)
      readMessage(stream)
        .then((message) => Promise.all(recipients.map((to) => keep(options.folder, nextName(to), message))))
        .then(() => done(), done)
    },
  })
  // A client that resets its connection is no reason to end; without a listener Node.js would.
  smtp.on('error', () => undefined)
  const url = await listen(smtp.server, options.port, 'smtp')
  return { url, stop: () => new Promise((resolve) => smtp.close(() => resolve())) }
}

async function readMessage(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length
    if (bytes <= MAX_MESSAGE_BYTES) chunks.push(chunk as Buffer)
  }
  if (bytes > MAX_MESSAGE_BYTES) {
    throw Object.assign(new Error('message exceeds the fixed maximum size'), { responseCode: TOO_LARGE })
  }
  return Buffer.concat(chunks)
}

/** Written aside and renamed, so that a reader never meets half a message. */
async function keep(folder: string, name: string, message: Buffer): Promise<void> {
  const path = join(folder, name)
  await mkdir(folder, { recursive: true })
  await writeFile(`${path}.part`, message)
  await rename(`${path}.part`, path)
}

/** Names such as `2026-11-25T09-41-02.123001Z-asha@example.test.eml`; the last three digits count within the process. */
function createNaming(now: () => Date): (to: string) => string {
  let count = 0
  return (to) => {
    count = (count + 1) % 1000
    const time = now()
      .toISOString()
      .replaceAll(':', '-')
      .replace('Z', `${String(count).padStart(3, '0')}Z`)
    return `${time}-${to.replace(/[^\w.@+=-]/g, '_').slice(0, 150)}.eml`
  }
}
