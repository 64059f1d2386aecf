import { type Queries, schema, statement } from '@pramaan/db'
import { and, eq, sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { fingerprintsOf } from './remember-refusal.ts'
import { gistOf, type Kinship, kinshipOf, MAX_COMPARED } from './rules/rewrites.ts'
import { attempt, type StageRun } from './stage-run.ts'

const { contentVersions, refusals, rewriteLinks } = schema
const given = sql.placeholder

/** Links that are kept for one verdict at most: the nearest refusals. */
const MAX_LINKS = 3

/** A refused text that the text under a check is a rewrite of. */
export interface RewriteLink extends Kinship {
  reviewId: string
}

/** What the memory says about a text. `failed`: it could not be asked, so a person has to look. */
export type Recollection = { failed?: undefined; links: RewriteLink[] } | { failed: true; links: [] }

/**
 * The firm's refused texts that a text under a check is a rewrite of, nearest first. The hashes only choose whom to compare
 * with; the likeness is that of the stored texts, by the engine of today.
 */
export async function recallRefusals(ctx: CommandCtx, run: StageRun): Promise<Recollection> {
  const { advisorId } = run.job
  const { value: gist } = attempt(ctx, 3, () => gistOf(run.version.text))
  if (gist === null) return { failed: true, links: [] }
  const fingerprints = fingerprintsOf(ctx.keys, advisorId, gist)
  const related = await selectRelated(ctx.tx).execute({ advisorId, fingerprints: `{${fingerprints.join()}}` })
  const { value: links } = attempt(ctx, 3, () =>
    related.flatMap(({ reviewId, text }): RewriteLink[] => {
      const kinship = kinshipOf(gistOf(text), gist)
      return kinship === null ? [] : [{ reviewId, ...kinship }]
    }),
  )
  if (links === null) return { failed: true, links: [] }
  const nearest = (link: RewriteLink) => Math.max(link.alike, link.contained)
  return { links: links.toSorted((a, b) => nearest(b) - nearest(a)).slice(0, MAX_LINKS) }
}

/** Keeps the links beside the verdict. Hand the statements to the commit. */
export function linkRewrites(
  ctx: CommandCtx,
  verdict: { advisorId: string; id: string },
  { links }: Recollection,
): Promise<unknown>[] {
  if (links.length === 0) return []
  const about = { advisorId: verdict.advisorId, verdictId: verdict.id, createdAt: ctx.now() }
  return [
    ctx.tx
      .insert(rewriteLinks)
      .values(links.map((link) => ({ ...about, ...link })))
      .execute(),
  ]
}

/** The refusals that share the greatest part of their hashes with these. */
const selectRelated = statement((queries: Queries) =>
  queries
    .select({ reviewId: refusals.reviewId, text: contentVersions.text })
    .from(refusals)
    .innerJoin(
      contentVersions,
      and(eq(contentVersions.advisorId, refusals.advisorId), eq(contentVersions.id, refusals.versionId)),
    )
    .innerJoin(
      sql`(select review_id, count(*) as shared from refusal_fingerprints
        where advisor_id = ${given('advisorId')}::uuid and fingerprint = any(${given('fingerprints')}::bigint[])
        group by review_id order by shared desc, review_id desc limit ${sql.raw(String(MAX_COMPARED))}) as nearest`,
      sql`nearest.review_id = ${refusals.reviewId}`,
    )
    .where(eq(refusals.advisorId, given('advisorId')))
    .orderBy(sql`nearest.shared desc`, refusals.reviewId)
    .prepare('refusals_related'),
)
