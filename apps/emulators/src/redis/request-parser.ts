/** What one chunk from the socket completed: whole commands, and why the connection must end, if it must. */
interface ParsedRequests {
  commands: string[][]
  error: string | null
}

type Length = { value: number; end: number } | { missing: number } | { error: string }
type Step = { words: string[]; end: number } | { missing: number } | { error: string }

const MAX_BULK_BYTES = 512 * 1024 * 1024
const MAX_WORDS = 2 ** 31 - 1
const MAX_INLINE_BYTES = 64 * 1024

/**
 * Reads commands of the Redis protocol from a stream that may be cut anywhere, one parser for a connection. Words come
 * out as strings with one character for each byte ("latin1"), which keeps binary values whole.
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function createRequestParser(): (chunk: Buffer) => ParsedRequests {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let wantedBytes = 1

  return (chunk) => {
    waiting.push(chunk)
    waitingBytes += chunk.length
    const commands: string[][] = []
    // A large value arrives in many chunks; joining them only when the value can be whole keeps the work linear.
    if (waitingBytes < wantedBytes) return { commands, error: null }
    let data = Buffer.concat(waiting)
    while (data.length > 0) {
      const step = readCommand(data)
      if ('error' in step) return { commands, error: step.error }
      if ('missing' in step) {
        wantedBytes = data.length + step.missing
        break
      }
      if (step.words.length > 0) commands.push(step.words)
      data = data.subarray(step.end)
    }
    if (data.length === 0) wantedBytes = 1
    waiting = [data]
    waitingBytes = data.length
    return { commands, error: null }
  }
}

function readCommand(data: Buffer): Step {
  return data[0] === '*'.charCodeAt(0) ? readArray(data) : readInline(data)
}

function readArray(data: Buffer): Step {
  const count = readLength(data, 0, MAX_WORDS, 'multibulk length')
  if (!('value' in count)) return count
  const words: string[] = []
  let position = count.end
  for (let index = 0; index < count.value; index++) {
    if (position >= data.length) return { missing: 1 }
    const mark = String.fromCharCode(data[position] ?? 0)
    if (mark !== '$') return { error: `Protocol error: expected '$', got '${mark}'` }
    const length = readLength(data, position, MAX_BULK_BYTES, 'bulk length')
    if (!('value' in length)) return length
    if (length.value < 0) return { error: 'Protocol error: invalid bulk length' }
    const end = length.end + length.value + 2
    if (end > data.length) return { missing: end - data.length }
    words.push(data.toString('latin1', length.end, end - 2))
    position = end
  }
  return { words, end: position }
}

/** A line such as `*3` or `$5`; a negative count of words is an empty command. */
function readLength(data: Buffer, start: number, max: number, what: string): Length {
  const end = data.indexOf('\r\n', start)
  if (end === -1) {
    const tooLong = data.length - start > MAX_INLINE_BYTES
    return tooLong ? { error: `Protocol error: invalid ${what}` } : { missing: 1 }
  }
  const text = data.toString('latin1', start + 1, end)
  const value = Number(text)
  if (!/^-?\d{1,10}$/.test(text) || value > max) return { error: `Protocol error: invalid ${what}` }
  return { value, end: end + 2 }
}

/** Words on a plain line, as a person types them into a socket. */
function readInline(data: Buffer): Step {
  const end = data.indexOf('\n')
  if (end === -1) {
    return data.length > MAX_INLINE_BYTES ? { error: 'Protocol error: too big inline request' } : { missing: 1 }
  }
  const line = data.toString('latin1', 0, end).trim()
  return { words: line === '' ? [] : line.split(/\s+/), end: end + 1 }
}
