import { createHash } from 'node:crypto'
import { schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import type { Ctx } from '../../platform/context.ts'
import { readCheckpoints } from '../checkpoints.ts'
import { hashReader } from '../read-hashes.ts'
import { signedNote } from '../rules/signed-note.ts'
import { indexPage } from './index-page.ts'
import { PACK_KINDS } from './kinds.ts'
import { readEntries } from './pack-entries.ts'
import { type MissingRow, type PackRow, type PackScope, readExpected, readRows, readRuleSets } from './pack-rows.ts'

/** A pack whose entries are sealed: what its files are made from. */
export interface MakingPack extends PackScope {
  readonly id: string
  readonly size: number
  readonly recipient: string
  readonly reason: string
  readonly kinds: readonly string[]
  readonly step: string
  readonly after: string | null
}

/** A file before it is packed. */
export interface PlainFile {
  readonly name: string
  readonly kind: string | null
  readonly rows: number
  readonly bytes: Buffer
}

/** What is known of a file that was packed. */
export interface PackedFact {
  readonly name: string
  readonly kind: string | null
  readonly rows: number
  readonly sha256: string
}

/** The next files of a pack, and where the files after them begin; null when these are the last. */
export interface PackPart {
  readonly files: readonly PlainFile[]
  readonly next: { readonly step: string; readonly after: string | null } | null
}

/** What is found of a kind, beside what the log speaks of. */
export interface KindCount {
  readonly name: string
  readonly found: number
  readonly expected: number | null
  readonly missing: readonly MissingRow[]
}

/** A file ends after so many rows or bytes: as much as is held in memory, and as much as a worker that dies has to do again. */
const FILE_ROWS = 5_000
const FILE_BYTES = 8_000_000
/** What the signature over a manifest is bound to; no log is called so, and therefore no checkpoint looks like it. */
const PACK_TITLE = 'pramaan pack v1'
const MANIFEST_VERSION = 2

/** How the files of a pack follow one another. */
export const stepsOf = (kinds: readonly string[]): string[] => [
  'checkpoint',
  'entries',
  ...kinds,
  ...(kinds.includes('verdicts') ? ['rules'] : []),
  'overview',
  'manifest',
]

/** Makes the files of the step at which a pack stands. The same pack gives the same files again. */
export async function makePart(ctx: Ctx, pack: MakingPack, made: readonly PackedFact[]): Promise<PackPart> {
  switch (pack.step) {
    case 'checkpoint':
      return whole(pack, [text('checkpoint.txt', await checkpointNote(ctx, pack))])
    case 'entries': {
      const readHashes = hashReader(ctx.db.pool)
      const source = { db: ctx.db, origin: ctx.settings.auditOrigin, readHashes }
      return rowsPart(pack, made, (after) => readEntries(source, pack, pack.size, after))
    }
    case 'rules': {
      const rows = await readRuleSets(ctx.db, pack)
      return whole(pack, [{ ...text('rules.ndjson', lines(rows)), kind: 'rules', rows: rows.length }])
    }
    case 'overview':
      return whole(pack, await overview(ctx, pack, made))
    case 'manifest':
      return whole(pack, await manifest(ctx, pack, made))
    default: {
      const kind = PACK_KINDS.find(({ name }) => name === pack.step)
      if (!kind) throw new Error(`a pack has no step ${pack.step}`)
      return rowsPart(pack, made, (after) => readRows(ctx, kind, pack, after))
    }
  }
}

const text = (name: string, content: string): PlainFile => ({
  name,
  kind: null,
  rows: 0,
  bytes: Buffer.from(content),
})
const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('')

/** A step that is done with these files. */
function whole({ kinds, step }: MakingPack, files: readonly PlainFile[]): PackPart {
  const steps = stepsOf(kinds)
  const next = steps[steps.indexOf(step) + 1]
  return { files, next: next === undefined ? null : { step: next, after: null } }
}

/** One file of rows, a page at a time; the step goes on with another file where this one is full. */
async function rowsPart(
  pack: MakingPack,
  made: readonly PackedFact[],
  readPage: (after: string | null) => Promise<PackRow[]>,
): Promise<PackPart> {
  const pieces: Buffer[] = []
  let { after } = pack
  let [rows, bytes, ended] = [0, 0, false]
  while (!ended && rows < FILE_ROWS && bytes < FILE_BYTES) {
    const page = await readPage(after)
    const piece = Buffer.from(lines(page.map(({ row }) => row)))
    pieces.push(piece)
    rows += page.length
    bytes += piece.length
    after = page.at(-1)?.key ?? after
    ended = page.length === 0
  }
  const { step: kind } = pack
  const earlier = made.filter((file) => file.kind === kind).length
  const name = earlier === 0 ? `${kind}.ndjson` : `${kind}-${earlier + 1}.ndjson`
  const file = { name, kind, rows, bytes: Buffer.concat(pieces) }
  if (!ended) return { files: [file], next: { step: kind, after } }
  return whole(pack, rows > 0 || earlier === 0 ? [file] : [])
}

async function checkpointNote({ db }: Ctx, { size }: MakingPack): Promise<string> {
  const [checkpoint] = await readCheckpoints(db.read, { where: eq(schema.auditCheckpoints.size, size), limit: 1 })
  if (!checkpoint) throw new Error(`the checkpoint over ${size} entries is gone`)
  return checkpoint.note
}

/** The statement of completeness, for programs and for people. */
async function overview(ctx: Ctx, pack: MakingPack, made: readonly PackedFact[]): Promise<PlainFile[]> {
  const foundOf = (kind: string) => made.reduce((sum, file) => sum + (file.kind === kind ? file.rows : 0), 0)
  const kinds: KindCount[] = []
  for (const kind of PACK_KINDS.filter(({ name }) => pack.kinds.includes(name))) {
    const logged = await readExpected(ctx.db, kind, pack)
    const { expected = null, missing = [] } = logged ?? {}
    kinds.push({ name: kind.name, found: foundOf(kind.name), expected, missing })
  }
  const { firstSequence, lastSequence } = pack
  const entries = {
    firstSequence,
    lastSequence,
    found: foundOf('entries'),
    expected: lastSequence - firstSequence + 1,
  }
  const facts = await factsOf(ctx, pack)
  return [
    text('completeness.json', JSON.stringify({ entries, kinds }, null, 1)),
    text('index.html', indexPage({ ...facts, entries, kinds })),
  ]
}

/** What the first page and the manifest say alike. */
async function factsOf(ctx: Ctx, pack: MakingPack) {
  const { advisors, auditPacks } = schema
  const [advisor] = await ctx.db.read.select().from(advisors).where(eq(advisors.id, pack.advisorId))
  const [row] = await ctx.db.read.select().from(auditPacks).where(eq(auditPacks.id, pack.id))
  return {
    advisorId: pack.advisorId,
    displayName: advisor?.displayName ?? '',
    recipient: pack.recipient,
    reason: pack.reason,
    from: pack.from.toISOString(),
    until: pack.until.toISOString(),
    madeAt: row?.createdAt.toISOString() ?? '',
    checkpointSize: pack.size,
  }
}

/** The list of files with their digests, and the signature over it. */
async function manifest(ctx: Ctx, pack: MakingPack, made: readonly PackedFact[]): Promise<PlainFile[]> {
  const { id: packId, firstSequence, lastSequence, kinds } = pack
  const { auditOrigin: log } = ctx.settings
  const facts = await factsOf(ctx, pack)
  const files = made.map(({ name, kind, rows, sha256 }) => ({ name, sha256, ...(kind === null ? {} : { kind, rows }) }))
  const content = { version: MANIFEST_VERSION, packId, log, firstSequence, lastSequence, ...facts, kinds, files }
  const file = text('manifest.json', JSON.stringify(content, null, 1))
  const signed = `${PACK_TITLE}\n${sha256Of(file.bytes)}\n`
  return [file, text('signature.txt', signedNote(signed, log, ctx.keys.signCheckpoint(signed)))]
}

/** SHA-256 in hex. */
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
