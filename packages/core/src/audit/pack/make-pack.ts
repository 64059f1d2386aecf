import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { type Db, type Queries, schema } from '@pramaan/db'
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Ctx, withinFirm } from '../../platform/context.ts'
import { command } from '../../platform/use-case.ts'
import { makePackJob } from '../jobs.ts'
import { type MakingPack, makePart, type PackedFact, type PlainFile, sha256Of, stepsOf } from './pack-parts.ts'
import { fitsZip, memberOf, type ZipMember, zipSize } from './zip-format.ts'

const { auditCheckpoints, auditEntries, auditLeaves, auditPackFiles, auditPacks } = schema
type PackRow = typeof auditPacks.$inferSelect
type Key = { advisorId: string; packId: string }

/** An entry is sealed within seconds; when the sealing stands still, an alarm is on. */
const UNTIL_SEALED_MS = 1_000
const PACK_TABLE = 'audit_pack_files'
const deflate = promisify(deflateRaw)

const isPack = ({ advisorId, packId }: Key) => and(eq(auditPacks.advisorId, advisorId), eq(auditPacks.id, packId))

/**
 * The handler of `audit.make-pack`: makes the next files of a pack and keeps them together with how far it has come. A
 * worker that dies leaves what was kept, and the next goes on from there; of two that make the same part one is too late.
 */
export async function makePack(ctx: Ctx, payload: unknown): Promise<void> {
  const { advisorId, packId } = makePackJob.payload.parse(payload)
  const key = { advisorId, packId }
  const firm = withinFirm(ctx, advisorId)
  const [pack] = await firm.db.read.select().from(auditPacks).where(isPack(key))
  if (pack?.state === 'waiting') return beginPack(ctx, { ...key, ...(await findSealed(firm.db, pack)) })
  if (pack?.state !== 'making') return
  const made = await packedFacts(firm.db.read, key)
  const { files, next } = await makePart(firm, makingPack(pack), made)
  const packed = await Promise.all(files.map((file, at) => packFile(ctx, { packId, number: pack.position + at }, file)))
  await keepPart(ctx, { ...key, position: pack.position, step: pack.step, after: pack.after, files: packed, next })
}

/** Files of a pack without their bytes. */
export const packedFacts = (queries: Queries, { advisorId, packId }: Key): Promise<(PackedFact & ZipMember)[]> =>
  queries
    .select({
      name: auditPackFiles.name,
      kind: auditPackFiles.kind,
      rows: auditPackFiles.rows,
      sha256: auditPackFiles.sha256,
      crc: auditPackFiles.crc,
      size: auditPackFiles.size,
      packedSize: auditPackFiles.packedSize,
    })
    .from(auditPackFiles)
    .where(and(eq(auditPackFiles.advisorId, advisorId), eq(auditPackFiles.packId, packId)))
    .orderBy(asc(auditPackFiles.number))

function makingPack(pack: PackRow): MakingPack {
  const { advisorId, after, checkpointSize, firstSequence, id, kinds, lastSequence, reason, recipient, step } = pack
  if (firstSequence === null || lastSequence === null || checkpointSize === null || step === null) {
    throw new Error(`the pack ${id} is being made without a beginning`)
  }
  const { periodFrom: from, periodUntil: until } = pack
  const range = { firstSequence, lastSequence, size: checkpointSize }
  return { advisorId, id, from, until, recipient, reason, kinds, step, after, ...range }
}

/** The numbers of the entries that belong into a pack and the checkpoint over them, once the last of them is sealed. */
async function findSealed(db: Db, { advisorId, id, periodFrom }: PackRow) {
  const [last] = await db.read
    .select({ leafIndex: auditLeaves.leafIndex, sequence: auditLeaves.streamSequence })
    .from(auditEntries)
    .innerJoin(auditLeaves, eq(auditLeaves.entryId, auditEntries.id))
    .where(
      and(
        eq(auditEntries.advisorId, advisorId),
        eq(auditEntries.objectId, id),
        eq(auditEntries.action, 'pack.exported'),
      ),
    )
  const { rows } = await db.read.execute<{ first: string | null; size: string | null }>(sql`
    select (select min(stream_sequence) from ${auditLeaves} where stream = ${advisorId} and recorded_at >= ${periodFrom.toISOString()}) as first,
      (select max(size) from ${auditCheckpoints}) as size`)
  const size = Number(rows[0]?.size ?? 0)
  if (!last || size <= last.leafIndex) return { sealed: null }
  // With the entry before the period, which shows that none of the period is missing at its beginning.
  const firstSequence = Math.max(1, Number(rows[0]?.first ?? last.sequence) - 1)
  return { sealed: { firstSequence, lastSequence: last.sequence, size } }
}

const beginPack = command({
  name: 'pack.begin',
  input: z.strictObject({
    advisorId: z.uuid(),
    packId: z.uuid(),
    sealed: z.strictObject({ firstSequence: z.int(), lastSequence: z.int(), size: z.int() }).nullable(),
  }),
  async run(ctx, { sealed, ...key }) {
    const again = { output: undefined, unchanged: true } as const
    if (sealed === null) {
      const startAfter = new Date(ctx.now().getTime() + UNTIL_SEALED_MS)
      return { ...again, jobs: [makePackJob.with(key, { startAfter })] }
    }
    const { size: checkpointSize, ...range } = sealed
    const begun = await ctx.tx
      .update(auditPacks)
      .set({ state: 'making', step: stepsOf([])[0] ?? null, checkpointSize, ...range })
      .where(and(isPack(key), eq(auditPacks.state, 'waiting')))
    return begun.rowCount ? { ...again, jobs: [makePackJob.with(key)] } : again
  },
})

interface SealedFile extends PackedFact, ZipMember {
  readonly number: number
  readonly packed: Buffer
}

/** Deflates a file and seals it for the days that it lies in the database. */
async function packFile(
  { keys }: Ctx,
  { packId, number }: { packId: string; number: number },
  { name, kind, rows, bytes }: PlainFile,
): Promise<SealedFile> {
  const deflated = await deflate(bytes)
  const packed = keys.sealBriefly(placeOfFile(packId, number), deflated)
  return { ...memberOf(name, bytes, deflated), kind, rows, sha256: sha256Of(bytes), number, packed }
}

/** Where the bytes of a file stand; bound to their encryption. */
export const placeOfFile = (packId: string, number: number) => ({
  table: PACK_TABLE,
  column: 'packed',
  rowId: `${packId}/${number}`,
})

/** Keeps files and progress in one commit. That a pack has come further is no change of the business; its end is. */
const keepPart = command({
  name: 'pack.keep_part',
  input: z.strictObject({
    advisorId: z.uuid(),
    packId: z.uuid(),
    position: z.int(),
    step: z.string().nullable(),
    after: z.string().nullable(),
    files: z.array(z.custom<SealedFile>()),
    next: z.strictObject({ step: z.string(), after: z.string().nullable() }).nullable(),
  }),
  async run(ctx, { advisorId, after, files, next, packId, position, step }) {
    const key = { advisorId, packId }
    const stands = [eq(auditPacks.position, position), eq(auditPacks.step, step ?? '')]
    const place = after === null ? isNull(auditPacks.after) : eq(auditPacks.after, after)
    const [row] = await ctx.tx
      .update(auditPacks)
      .set({ position: position + files.length, step: next?.step ?? null, after: next?.after ?? null })
      .where(and(isPack(key), eq(auditPacks.state, 'making'), ...stands, place))
      .returning()
    if (!row) return { output: undefined, unchanged: true }
    if (files.length > 0) {
      await ctx.tx.insert(auditPackFiles).values(files.map((file) => ({ advisorId, packId, ...file })))
    }
    if (next) return { output: undefined, unchanged: true, jobs: [makePackJob.with(key)] }
    const bytes = zipSize(await packedFacts(ctx.tx, key))
    const fits = fitsZip(bytes)
    const state = fits ? ('ready' as const) : ('failed' as const)
    const failure = fits ? null : 'The pack is larger than 4 GB. Choose a shorter period.'
    await ctx.tx.update(auditPacks).set({ state, failure, finishedAt: ctx.now() }).where(isPack(key))
    const about = { objectType: 'pack', objectId: packId, advisorId, from: 'making', to: state }
    return { output: undefined, audit: { action: 'pack.finished', ...about, detail: { files: row.position, bytes } } }
  },
})
