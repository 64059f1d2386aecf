import { connect } from 'node:net'

/** An answer as it came: `+` and `-` stay in front of simple strings and errors, a bulk string is plain text. */
export type Answer = string | number | null | Answer[]

export interface RedisSocket {
  /** Sends bytes as they are. */
  write(bytes: string | Buffer): void
  /** The next whole answer. */
  read(): Promise<Answer>
  /** Sends one command and reads its answer. */
  ask(...words: (string | Buffer)[]): Promise<Answer>
  /** Resolves when the other side has closed. */
  closed: Promise<void>
  close(): void
}

/** A client of the Redis protocol that hides nothing, so that tests see the wire. Text is one character for each byte. */
export async function openRedis(url: string): Promise<RedisSocket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.setNoDelay(true)
  let received = ''
  let wake: () => void = () => undefined
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    wake()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))

  async function read(): Promise<Answer> {
    for (;;) {
      const parsed = parse(received, 0)
      if (parsed) {
        received = received.slice(parsed.end)
        return parsed.answer
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  return {
    write: (bytes) => void socket.write(bytes),
    read,
    ask(...words) {
      socket.write(request(...words))
      return read()
    },
    closed,
    close: () => void socket.destroy(),
  }
}

/** A command in its wire form. */
export function request(...words: (string | Buffer)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]
  })
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts])
}

function parse(text: string, start: number): { answer: Answer; end: number } | null {
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd === -1) return null
  const line = text.slice(start + 1, lineEnd)
  const end = lineEnd + 2
  switch (text[start]) {
    case ':':
      return { answer: Number(line), end }
    case '$': {
      const length = Number(line)
      if (length < 0) return { answer: null, end }
      return text.length < end + length + 2 ? null : { answer: text.slice(end, end + length), end: end + length + 2 }
    }
    case '*':
      return Number(line) < 0 ? { answer: null, end } : parseArray(text, end, Number(line))
    default:
      return { answer: `${text[start]}${line}`, end }
  }
}

function parseArray(text: string, start: number, count: number): { answer: Answer[]; end: number } | null {
  const answer: Answer[] = []
  let end = start
  for (let index = 0; index < count; index++) {
    const item = parse(text, end)
    if (!item) return null
    answer.push(item.answer)
    end = item.end
  }
  return { answer, end }
}
