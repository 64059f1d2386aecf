import { schema, statement } from '@pramaan/db'
import type { ProofStatement, ReviewPath, VerdictInput } from '@pramaan/shared'
import canonicalize from 'canonicalize'
import { sql } from 'drizzle-orm'
import { type Version, versionHash } from '../content/index.ts'
import type { CommandCtx } from '../platform/context.ts'

/** What signatures over proofs are bound to, so that none made for another purpose passes for one. */
export const PROOF_PURPOSE = 'pramaan-proof/v1'

/**
 * How long an approval covers sending at most: as long as the supervisory body lets an approved advertisement run (BASL
 * 2023, 180 days; then a fresh application even for the same text). A change of the rules, a licence that lapses or an
 * override that ends cut it short.
 */
export const PROOF_VALIDITY_MS = 180 * 24 * 3_600_000

export interface Approval {
  advisorId: string
  version: Version
  verdict: { id: string; ruleSetDigest: string; renderedText: string; input: VerdictInput }
  approvedVia: 'policy' | 'reviewer'
  /** The officers, in the order in which they approved; empty for policy. */
  approvers: string[]
  path: ReviewPath | null
  /** Other dates at which the approval ends, should they come earlier. */
  limits: Date[]
}

/**
 * Signs that this version, rendered as in this verdict, may go out, and stores the proof. The insert is on its way: hand
 * `write` to the commit.
 *
 * @throws Error when there is nothing rendered, or the stored version is not what its hash says
 */
export function issueProof(
  ctx: CommandCtx,
  { advisorId, version, verdict, approvedVia, approvers, path, limits }: Approval,
): { approvalId: string; write: Promise<unknown> } {
  if (verdict.renderedText === '') throw new Error('a text that was not rendered cannot be approved')
  if (versionHash(version) !== version.hash) throw new Error('a version differs from its hash')
  const approvalId = ctx.newId()
  const now = ctx.now()
  const expiresAt = new Date(Math.min(now.getTime() + PROOF_VALIDITY_MS, ...limits.map(Number)))
  const approverId = approvers.at(-1) ?? null
  const { licences } = verdict.input.advisor
  const facts: ProofStatement = {
    type: PROOF_PURPOSE,
    id: approvalId,
    advisorId,
    contentId: version.contentId,
    versionId: version.id,
    versionHash: version.hash,
    renderedText: verdict.renderedText,
    channel: version.channel,
    audience: version.audience,
    ruleSetDigest: verdict.ruleSetDigest,
    licences,
    verdictId: verdict.id,
    approvedVia,
    approverId,
    approvers,
    path,
    approvedAt: now.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
  const text = canonicalize(facts)
  if (text === undefined) throw new Error('a proof has no canonical form')
  const write = insertApproval(ctx.tx).execute({
    advisorId,
    id: approvalId,
    contentId: version.contentId,
    versionId: version.id,
    verdictId: verdict.id,
    approvedVia,
    approverId,
    statement: text,
    ...ctx.keys.sign(PROOF_PURPOSE, text),
    expiresAt,
    now,
  })
  const live = keepLive(ctx.tx).execute({
    advisorId,
    contentId: version.contentId,
    versionId: version.id,
    approvalId,
    authorId: version.createdBy,
    ruleSetDigest: verdict.ruleSetDigest,
    licences,
    expiresAt,
  })
  return { approvalId, write: Promise.all([write, live]) }
}

const insertApproval = statement((queries) =>
  queries
    .insert(schema.approvals)
    .values({
      advisorId: sql.placeholder('advisorId'),
      id: sql.placeholder('id'),
      contentId: sql.placeholder('contentId'),
      versionId: sql.placeholder('versionId'),
      verdictId: sql.placeholder('verdictId'),
      approvedVia: sql.placeholder('approvedVia'),
      approverId: sql.placeholder('approverId'),
      statement: sql.placeholder('statement'),
      keyId: sql.placeholder('keyId'),
      signature: sql.placeholder('signature'),
      expiresAt: sql.placeholder('expiresAt'),
      createdAt: sql.placeholder('now'),
    })
    .prepare('approval_insert'),
)

/** The newest approval of a text is the one that counts; an earlier one is replaced. */
const keepLive = statement((queries) => {
  const { liveApprovals } = schema
  const given = {
    versionId: sql.placeholder('versionId'),
    approvalId: sql.placeholder('approvalId'),
    authorId: sql.placeholder('authorId'),
    ruleSetDigest: sql.placeholder('ruleSetDigest'),
    licences: sql.placeholder('licences'),
    expiresAt: sql.placeholder('expiresAt'),
  }
  return queries
    .insert(liveApprovals)
    .values({ advisorId: sql.placeholder('advisorId'), contentId: sql.placeholder('contentId'), ...given })
    .onConflictDoUpdate({
      target: [liveApprovals.advisorId, liveApprovals.contentId],
      set: {
        versionId: sql`excluded.version_id`,
        approvalId: sql`excluded.approval_id`,
        authorId: sql`excluded.author_id`,
        ruleSetDigest: sql`excluded.rule_set_digest`,
        licences: sql`excluded.licences`,
        expiresAt: sql`excluded.expires_at`,
        warnedAt: null,
      },
    })
    .prepare('approval_keep_live')
})
