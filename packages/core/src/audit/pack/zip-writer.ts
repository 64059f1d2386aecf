import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

/** What became of one file. */
export interface PackedFile {
  readonly name: string
  /** Bytes before compression. */
  readonly bytes: number
  /** SHA-256 of them, in hex. */
  readonly sha256: string
}

interface Listed {
  name: Buffer
  crc: number
  packed: number
  bytes: number
  offset: number
}

const DATA_FOLLOWS = 0x0008
const UTF8 = 0x0800
const DEFLATE = 8
/** Beyond this the format needs its 64-bit extension, which we neither write nor read. */
const MAX_SIZE = 0xffff_ffff
/** 1 January 1980, as a pack tells its times inside. */
const NO_DATE = 0x0021

/** Writes a ZIP archive as its files come, with a few pages of memory. Files are deflated; sizes follow their data. */
export function zipWriter(file: FileHandle) {
  const listed: Listed[] = []
  let offset = 0
  const write = async (bytes: Buffer): Promise<void> => {
    await file.write(bytes)
    offset += bytes.length
    if (offset > MAX_SIZE) throw new Error('the pack is larger than 4 GB; choose a shorter period')
  }
  return {
    /** Adds a file from pieces of text. */
    async add(fileName: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<PackedFile> {
      const entry: Listed = { name: Buffer.from(fileName), crc: 0, packed: 0, bytes: 0, offset }
      const digest = createHash('sha256')
      await write(Buffer.concat([header(entry, false), entry.name]))
      const source = Readable.from(pieces, { objectMode: true }).map((piece: string) => {
        const bytes = Buffer.from(piece)
        digest.update(bytes)
        entry.crc = crc32(bytes, entry.crc)
        entry.bytes += bytes.length
        return bytes
      })
      for await (const chunk of source.pipe(createDeflateRaw())) {
        entry.packed += chunk.length
        await write(chunk)
      }
      const descriptor = Buffer.alloc(16)
      descriptor.writeUInt32LE(0x08074b50, 0)
      sizes(descriptor, entry, 4)
      await write(descriptor)
      listed.push(entry)
      return { name: fileName, bytes: entry.bytes, sha256: digest.digest('hex') }
    },
    /** Writes the list of files, which makes it an archive. */
    async end(): Promise<void> {
      const start = offset
      for (const entry of listed) await write(Buffer.concat([header(entry, true), entry.name]))
      const end = Buffer.alloc(22)
      end.writeUInt32LE(0x06054b50, 0)
      end.writeUInt16LE(listed.length, 8)
      end.writeUInt16LE(listed.length, 10)
      end.writeUInt32LE(offset - start, 12)
      end.writeUInt32LE(start, 16)
      await write(end)
    },
  }
}

/** The header before a file's data, or that in the list at the end (PKWARE APPNOTE 4.3.7 and 4.3.12). */
function header(entry: Listed, inList: boolean): Buffer {
  const bytes = Buffer.alloc(inList ? 46 : 30)
  bytes.writeUInt32LE(inList ? 0x02014b50 : 0x04034b50, 0)
  const at = inList ? 6 : 4
  if (inList) bytes.writeUInt16LE(20, 4)
  bytes.writeUInt16LE(20, at)
  bytes.writeUInt16LE(DATA_FOLLOWS | UTF8, at + 2)
  bytes.writeUInt16LE(DEFLATE, at + 4)
  bytes.writeUInt16LE(NO_DATE, at + 8)
  if (inList) sizes(bytes, entry, 16)
  bytes.writeUInt16LE(entry.name.length, at + 22)
  if (inList) bytes.writeUInt32LE(entry.offset, 42)
  return bytes
}

function sizes(bytes: Buffer, entry: Listed, at: number): void {
  bytes.writeUInt32LE(entry.crc, at)
  bytes.writeUInt32LE(entry.packed, at + 4)
  bytes.writeUInt32LE(entry.bytes, at + 8)
}
