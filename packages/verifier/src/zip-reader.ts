import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'

/** The files of a ZIP archive, by name, each read as a stream. */
export type ZipFiles = Map<string, () => AsyncIterable<Buffer>>

const END_BYTES = 22
const LONGEST_COMMENT = 65_535

/** Reads the list of files of a ZIP archive (PKWARE APPNOTE): stored or deflated ones, below 4 GB. @throws Error */
export async function readZip(path: string): Promise<ZipFiles> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const tail = await readAt(file, Math.max(0, size - END_BYTES - LONGEST_COMMENT), size)
    const end = tail.lastIndexOf(Buffer.from('504b0506', 'hex'))
    if (end < 0 || end + END_BYTES > tail.length) throw new Error('this is not a ZIP archive')
    const start = tail.readUInt32LE(end + 16)
    const list = await readAt(file, start, start + tail.readUInt32LE(end + 12))
    const files: ZipFiles = new Map()
    for (let at = 0; at < list.length; ) {
      if (list.readUInt32LE(at) !== 0x02014b50) throw new Error('the list of the archive is broken')
      const [method, packed] = [list.readUInt16LE(at + 10), list.readUInt32LE(at + 20)]
      const nameEnd = at + 46 + list.readUInt16LE(at + 28)
      const name = list.toString('utf8', at + 46, nameEnd)
      const offset = list.readUInt32LE(at + 42)
      const local = await readAt(file, offset, offset + 30)
      const data = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
      if (files.has(name)) throw new Error(`the archive holds ${name} twice`)
      files.set(name, () => contentsOf(path, method, data, packed))
      at = nameEnd + list.readUInt16LE(at + 30) + list.readUInt16LE(at + 32)
    }
    return files
  } finally {
    await file.close()
  }
}

async function readAt(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
  if (bytesRead !== end - start) throw new Error('the archive is cut off')
  return buffer
}

async function* contentsOf(path: string, method: number, start: number, packed: number): AsyncGenerator<Buffer> {
  if (packed === 0) return
  const raw = createReadStream(path, { start, end: start + packed - 1 })
  if (method === 0) yield* raw
  else if (method === 8) yield* raw.pipe(createInflateRaw())
  else throw new Error('the archive is compressed in a way that is not read here')
}
