import { crc32 } from 'node:zlib'

/** A file of an archive, as far as the archive's lists know it. */
export interface ZipMember {
  readonly name: string
  /** Of the bytes before compression. */
  readonly crc: number
  readonly size: number
  /** Bytes after compression. */
  readonly packedSize: number
}

const UTF8 = 0x0800
const DEFLATE = 8
/** 1 January 1980, as a pack tells its times inside. */
const NO_DATE = 0x0021
const LOCAL_BYTES = 30
const LISTED_BYTES = 46
const END_BYTES = 22
/** Beyond this the format needs its 64-bit extension, which we neither write nor read. */
const MAX_BYTES = 0xffff_ffff

/** What the lists of an archive must know of a file. */
export const memberOf = (name: string, plain: Buffer, packed: Buffer): ZipMember => ({
  name,
  crc: crc32(plain),
  size: plain.length,
  packedSize: packed.length,
})

/** What stands before the deflated bytes of a file (PKWARE APPNOTE 4.3.7). */
export function localHeader(member: ZipMember): Buffer {
  const bytes = Buffer.alloc(LOCAL_BYTES)
  bytes.writeUInt32LE(0x04034b50, 0)
  writeFacts(bytes, member, 4)
  return Buffer.concat([bytes, Buffer.from(member.name)])
}

/** The list of files at the end, which makes it an archive (PKWARE APPNOTE 4.3.12 and 4.3.16). */
export function zipDirectory(members: readonly ZipMember[]): Buffer {
  let offset = 0
  const entries = members.map((member) => {
    const bytes = Buffer.alloc(LISTED_BYTES)
    bytes.writeUInt32LE(0x02014b50, 0)
    bytes.writeUInt16LE(20, 4)
    writeFacts(bytes, member, 6)
    bytes.writeUInt32LE(offset, 42)
    offset += localBytes(member)
    return Buffer.concat([bytes, Buffer.from(member.name)])
  })
  const list = Buffer.concat(entries)
  const end = Buffer.alloc(END_BYTES)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([list, end])
}

/** The length of the whole archive in bytes. */
export const zipSize = (members: readonly ZipMember[]): number =>
  members.reduce((sum, member) => sum + localBytes(member) + LISTED_BYTES + nameBytes(member), END_BYTES)

/** Whether an archive of so many bytes can be written. */
export const fitsZip = (bytes: number): boolean => bytes <= MAX_BYTES

const nameBytes = ({ name }: ZipMember): number => Buffer.byteLength(name)
const localBytes = (member: ZipMember): number => LOCAL_BYTES + nameBytes(member) + member.packedSize

/** The facts that stand in both headers in the same order. */
function writeFacts(bytes: Buffer, member: ZipMember, at: number): void {
  bytes.writeUInt16LE(20, at)
  bytes.writeUInt16LE(UTF8, at + 2)
  bytes.writeUInt16LE(DEFLATE, at + 4)
  bytes.writeUInt16LE(NO_DATE, at + 8)
  bytes.writeUInt32LE(member.crc, at + 10)
  bytes.writeUInt32LE(member.packedSize, at + 14)
  bytes.writeUInt32LE(member.size, at + 18)
  bytes.writeUInt16LE(nameBytes(member), at + 22)
}
