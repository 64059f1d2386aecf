import { type Queries, schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import type { Review } from './review-queries.ts'
import { type Gist, gistOf, sampleOf } from './rules/rewrites.ts'

const { refusalFingerprints, refusals } = schema

/**
 * Each thing that a text says as 64 bits of a keyed hash, of which another firm's key of the same thing tells nothing:
 * whoever reads the table cannot ask it for a word.
 */
export const fingerprintsOf = (keys: Ctx['keys'], advisorId: string, gist: Gist): bigint[] =>
  [...gist.keys()].map((thing) => keys.lookupHash(`refused-text:${advisorId}`, thing).readBigInt64BE())

/** Keeps the text of a review that is being rejected, so that a rewrite of it is known. Hand the statements to the commit. */
export function rememberRefusal(ctx: CommandCtx, review: Review, ruleId: string | undefined): Promise<unknown>[] {
  const { advisorId, id: reviewId, version } = review
  const { contentId, id: versionId } = version
  const refusal = { advisorId, reviewId, contentId, versionId, ruleId: ruleId ?? null, createdAt: ctx.now() }
  const sample = sampleOf(fingerprintsOf(ctx.keys, advisorId, gistOf(version.text)))
  const writes: Promise<unknown>[] = [ctx.tx.insert(refusals).values(refusal).execute()]
  if (sample.length > 0) {
    const rows = sample.map((fingerprint) => ({ advisorId, fingerprint, reviewId }))
    writes.push(ctx.tx.insert(refusalFingerprints).values(rows).execute())
  }
  return writes
}

/** Destroys what only serves to know texts of a firm that will write none any more. The refusals are evidence and stay. */
export async function forgetFingerprints(queries: Queries, advisorId: string): Promise<void> {
  await queries.delete(refusalFingerprints).where(eq(refusalFingerprints.advisorId, advisorId))
}
