import { type Queries, schema } from '@pramaan/db'
import { PackIdInput, PackListInput, type PackView } from '@pramaan/shared'
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx } from '../../platform/context.ts'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../../platform/cursor.ts'
import { notFound } from '../../platform/errors.ts'
import { query } from '../../platform/use-case.ts'
import { type PackProgress, packView } from './pack-view.ts'

const { auditPackFiles, auditPacks } = schema

const isOwn = eq(auditPackFiles.advisorId, auditPacks.advisorId)
const ofPack = eq(auditPackFiles.packId, auditPacks.id)
const filesOf = (value: SQL) =>
  sql<number>`(select ${value} from ${auditPackFiles} where ${isOwn} and ${ofPack})`.mapWith(Number)

/** Packs with what is there of them, newest first. */
const readPacks = (queries: Queries, where: SQL | undefined, limit: number): Promise<PackProgress[]> =>
  queries
    .select({
      pack: auditPacks,
      files: filesOf(sql`count(*)`),
      rows: filesOf(sql`coalesce(sum(${auditPackFiles.rows}), 0)`),
      bytes: filesOf(sql`coalesce(sum(${auditPackFiles.packedSize}), 0)`),
    })
    .from(auditPacks)
    .where(where)
    .orderBy(desc(auditPacks.id))
    .limit(limit)

/** The packs that somebody may see: those of their firm; an inspector those that were made under the grant. */
const isVisible = (ctx: Ctx): SQL | undefined =>
  and(
    eq(auditPacks.advisorId, advisorIdOf(ctx)),
    ctx.inspection ? eq(auditPacks.grantId, ctx.inspection.grantId) : undefined,
  )

/** A pack that the caller may see. @throws AppError `not_found` */
export async function readPack(ctx: Ctx, queries: Queries, id: string): Promise<PackProgress> {
  const [found] = await readPacks(queries, and(isVisible(ctx), eq(auditPacks.id, id)), 1)
  if (!found) throw notFound('pack')
  return found
}

/** The inspection packs of a firm, newest first, with how far each has come. */
export const listPacks = query({
  name: 'audit.list_packs',
  input: PackListInput,
  async run(ctx, { cursor, limit }) {
    const list = `packs:${advisorIdOf(ctx)}:${ctx.inspection?.grantId ?? ''}`
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, cursor)
    const rows = await readPacks(ctx.db.read, and(isVisible(ctx), lt(auditPacks.id, before)), limit + 1)
    return toPage(ctx.keys, list, rows, { limit, keyOf: ({ pack }) => pack.id, view: packView })
  },
})

/** How far a pack has come. @throws AppError `not_found` */
export const getPack = query({
  name: 'audit.get_pack',
  input: PackIdInput,
  run: async (ctx, { id }): Promise<PackView> => packView(await readPack(ctx, ctx.db.read, id)),
})
