import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { deflateRawSync } from 'node:zlib'
import type { World } from '../../../testing/index.ts'
import type { Ctx } from '../../platform/context.ts'
import { downloadPack } from '../pack/download-pack.ts'
import { makePack } from '../pack/make-pack.ts'
import { localHeader, memberOf, zipDirectory } from '../pack/zip-format.ts'
import { sealLog } from '../seal-entries.ts'

/** Has the packs that were asked for made, as worker and sealer do. */
export async function makePacks(world: World): Promise<void> {
  await sealLog(world.ctx())
  await world.drainJobs({ 'audit.make-pack': makePack })
}

/** Fetches a pack that is ready into a file. */
export async function savePack(ctx: Ctx, id: string, path: string): Promise<void> {
  const { archive } = await downloadPack(ctx, { id })
  if (archive === null) throw new Error('the pack is not ready')
  await pipeline(archive.pieces, createWriteStream(path))
}

/** Writes an archive of texts, as somebody would who alters one. */
export async function writeZip(path: string, files: readonly [name: string, text: string][]): Promise<void> {
  const packed = files.map(([name, text]) => {
    const [plain, deflated] = [Buffer.from(text), deflateRawSync(text)]
    return { member: memberOf(name, plain, deflated), deflated }
  })
  const pieces = packed.flatMap(({ deflated, member }) => [localHeader(member), deflated])
  const directory = zipDirectory(packed.map(({ member }) => member))
  await pipeline(Readable.from([...pieces, directory]), createWriteStream(path))
}
