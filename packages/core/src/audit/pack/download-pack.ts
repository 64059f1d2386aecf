import { type Db, schema } from '@pramaan/db'
import { PackIdInput, type PackView } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { type Ctx, withinFirm } from '../../platform/context.ts'
import { command, type Result } from '../../platform/use-case.ts'
import { readPack } from './list-packs.ts'
import { packedFacts, placeOfFile } from './make-pack.ts'
import { packView } from './pack-view.ts'
import { localHeader, type ZipMember, zipDirectory, zipSize } from './zip-format.ts'

const { auditPackFiles } = schema

/** A pack that is being fetched; `archive` is null as long as it is not ready, or no longer there. */
export interface FetchedPack {
  readonly pack: PackView
  readonly archive: { readonly bytes: number; readonly pieces: AsyncGenerator<Buffer> } | null
}

/**
 * The ZIP archive of a pack, a file of it at a time. That it is fetched, and by whom, is committed to the firm's log before
 * the first byte.
 *
 * @throws AppError `not_found`
 */
export async function downloadPack(ctx: Ctx, input: { id: string }): Promise<FetchedPack> {
  const { advisorId, members, pack } = await recordDownload(ctx, input)
  if (members === null) return { pack, archive: null }
  const pieces = archivePieces(ctx, withinFirm(ctx, advisorId).db, { advisorId, packId: input.id, members })
  return { pack, archive: { bytes: zipSize(members), pieces } }
}

interface Download {
  readonly advisorId: string
  readonly members: readonly ZipMember[] | null
  readonly pack: PackView
}

const recordDownload = command({
  name: 'audit.download_pack',
  input: PackIdInput,
  async run(ctx, { id }): Promise<Result<Download>> {
    const found = await readPack(ctx, ctx.tx, id)
    const { advisorId, recipient, state } = found.pack
    const view = packView(found)
    if (state !== 'ready') return { output: { advisorId, members: null, pack: view }, unchanged: true }
    const members = await packedFacts(ctx.tx, { advisorId, packId: id })
    const detail = { recipient, bytes: zipSize(members) }
    return {
      output: { advisorId, members, pack: view },
      audit: { action: 'pack.downloaded', objectType: 'pack', objectId: id, advisorId, detail },
    }
  },
})

async function* archivePieces(
  { keys }: Ctx,
  db: Db,
  { advisorId, members, packId }: { advisorId: string; packId: string; members: readonly ZipMember[] },
): AsyncGenerator<Buffer> {
  for (const [number, member] of members.entries()) {
    const isFile = and(
      eq(auditPackFiles.advisorId, advisorId),
      eq(auditPackFiles.packId, packId),
      eq(auditPackFiles.number, number),
    )
    const [file] = await db.read.select({ packed: auditPackFiles.packed }).from(auditPackFiles).where(isFile)
    if (!file) throw new Error(`the file ${number} of the pack ${packId} is gone`)
    yield localHeader(member)
    yield keys.openBytesBriefly(placeOfFile(packId, number), file.packed)
  }
  yield zipDirectory(members)
}
