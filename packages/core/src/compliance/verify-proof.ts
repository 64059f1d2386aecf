import { type Queries, schema, statement } from '@pramaan/db'
import { ProofStatement } from '@pramaan/shared'
import { and, desc, eq, sql } from 'drizzle-orm'
import { contentExists, versionHash } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { PROOF_PURPOSE } from './issue-proof.ts'
import { endedByRules, type RulesInForce, readRulesInForce } from './rules-in-force.ts'

const { approvals, contents, contentVersions, verdicts } = schema

/** An approval beside what stands in the database about its text now. */
const columns = {
  approvalId: approvals.id,
  advisorId: approvals.advisorId,
  contentId: approvals.contentId,
  statement: approvals.statement,
  keyId: approvals.keyId,
  signature: approvals.signature,
  expiresAt: approvals.expiresAt,
  status: contents.status,
  version: {
    id: contentVersions.id,
    text: contentVersions.text,
    channel: contentVersions.channel,
    audience: contentVersions.audience,
    language: contentVersions.language,
    hash: contentVersions.hash,
  },
  inUse: sql<string[]>`(
    select coalesce(jsonb_agg(l.type || ' ' || l.number), '[]') from licences l
    where l.advisor_id = ${approvals.advisorId} and l.state not in ('refused', 'lapsed')
    and (l.valid_until is null or l.valid_until > ${sql.placeholder('now')}::timestamptz))`,
  /** The reports of activated rules that found this version refused. */
  refusedBy: sql<string[]>`(
    select coalesce(jsonb_agg(f.impact_id), '[]') from rule_flips f
    where f.advisor_id = ${approvals.advisorId} and f.content_id = ${approvals.contentId}
    and f.version_id = ${approvals.versionId} and f.direction = 'stricter')`,
  newestVerdictId: sql<string | null>`(
    select ${verdicts.id} from ${verdicts}
    where ${verdicts.advisorId} = ${approvals.advisorId} and ${verdicts.contentId} = ${approvals.contentId}
    order by ${verdicts.id} desc limit 1)`,
}

const selectApproval = (queries: Queries) =>
  queries
    .select(columns)
    .from(approvals)
    .innerJoin(contents, and(eq(contents.advisorId, approvals.advisorId), eq(contents.id, approvals.contentId)))
    .innerJoin(
      contentVersions,
      and(eq(contentVersions.advisorId, contents.advisorId), eq(contentVersions.id, contents.versionId)),
    )

const approvalById = statement((queries) =>
  selectApproval(queries)
    .where(and(eq(approvals.advisorId, sql.placeholder('advisorId')), eq(approvals.id, sql.placeholder('approvalId'))))
    .prepare('approval_by_id'),
)

const newestApproval = statement((queries) =>
  selectApproval(queries)
    .where(
      and(eq(approvals.advisorId, sql.placeholder('advisorId')), eq(approvals.contentId, sql.placeholder('contentId'))),
    )
    .orderBy(desc(approvals.id))
    .limit(1)
    .prepare('approval_newest'),
)

export type StoredApproval = Awaited<ReturnType<ReturnType<typeof newestApproval>['execute']>>[number]

/** The newest approval of a text, whatever it is worth. */
export async function readNewestApproval(
  queries: Queries,
  advisorId: string,
  contentId: string,
  now: Date,
): Promise<StoredApproval | null> {
  const [row] = await newestApproval(queries).execute({ advisorId, contentId, now: now.toISOString() })
  return row ?? null
}

/** The texts that may be on their way to somebody. */
const SENDABLE: readonly string[] = ['approved', 'scheduled', 'published']

/**
 * What is wrong with a proof, in words for the person who wants to send; null when nothing is. Nothing that a database
 * administrator can write is believed: the facts come from the signed statement, and the stored version is hashed again.
 */
export function flawOf(
  row: StoredApproval,
  { keys, now, rules }: { keys: Ctx['keys']; now: Date; rules: RulesInForce },
): string | null {
  if (!keys.verify(PROOF_PURPOSE, row.statement, row)) return 'Its approval is not signed by this installation.'
  const facts = ProofStatement.parse(JSON.parse(row.statement))
  const { version } = row
  if (facts.id !== row.approvalId || facts.advisorId !== row.advisorId || facts.contentId !== row.contentId) {
    return 'Its approval belongs to another text.'
  }
  if (!SENDABLE.includes(row.status)) return 'It is not approved now. Submit it, or wait for the decision.'
  if (facts.versionId !== version.id) return 'The approval covers another version of it. Submit the newest version.'
  const sameVersion =
    versionHash(version) === facts.versionHash &&
    version.hash === facts.versionHash &&
    version.channel === facts.channel &&
    version.audience === facts.audience
  if (!sameVersion) return 'The stored text is not the one that was approved.'
  if (facts.verdictId !== row.newestVerdictId) return 'It was checked again after this approval.'
  const { ruleSetDigest } = facts
  const approvedAt = new Date(facts.approvedAt)
  if (endedByRules(rules, { ruleSetDigest, approvedAt, refusedBy: row.refusedBy }) !== null) {
    return 'The rules changed since it was approved. Check it again: submit it.'
  }
  if (!facts.licences.every(({ type, number }) => row.inUse.includes(`${type} ${number}`))) {
    return 'It names a licence that is no longer in force. Submit it again, so that the footer is made anew.'
  }
  if (Date.parse(facts.expiresAt) <= now.getTime()) return 'Its approval has expired. Check it again: submit it.'
  return null
}

export interface ValidProof {
  approvalId: string
  statement: ProofStatement
}

type VerifierCtx = Pick<Ctx, 'keys' | 'now'>

function requireValid(
  ctx: VerifierCtx,
  row: StoredApproval | undefined,
  rules: RulesInForce,
  object: ProofObject,
): ValidProof {
  const flaw = row
    ? flawOf(row, { keys: ctx.keys, now: ctx.now(), rules })
    : 'It has no approval. Submit it, and wait for the decision.'
  if (row && flaw === null) {
    return { approvalId: row.approvalId, statement: ProofStatement.parse(JSON.parse(row.statement)) }
  }
  throw new AppError('no_valid_proof', `This text cannot be sent. ${flaw}`, {
    refusal: { action: 'proof.refused', ...object, reason: flaw ?? '' },
  })
}

interface ProofObject {
  advisorId: string
  objectType: 'content' | 'approval'
  objectId: string
}

/**
 * The proof that a text may be sent as it stands: signature, version, expiry, rules and state hold, at this moment.
 *
 * @throws AppError `no_valid_proof`, `not_found` for a text that the advisor does not have
 */
export async function requireProof(
  ctx: VerifierCtx,
  queries: Queries,
  advisorId: string,
  contentId: string,
): Promise<ValidProof> {
  const [[row], rules] = await Promise.all([
    newestApproval(queries).execute({ advisorId, contentId, now: ctx.now().toISOString() }),
    readRulesInForce(queries, advisorId),
  ])
  if (!row && !(await contentExists(queries, advisorId, contentId))) throw notFound('text')
  return requireValid(ctx, row, rules, { advisorId, objectType: 'content', objectId: contentId })
}

/**
 * `requireProof` for an approval that a campaign was made with, at the moment of sending.
 *
 * @throws AppError `no_valid_proof`
 */
export async function verifyApproval(
  ctx: VerifierCtx,
  queries: Queries,
  advisorId: string,
  approvalId: string,
): Promise<ValidProof> {
  const [[row], rules] = await Promise.all([
    approvalById(queries).execute({ advisorId, approvalId, now: ctx.now().toISOString() }),
    readRulesInForce(queries, advisorId),
  ])
  return requireValid(ctx, row, rules, { advisorId, objectType: 'approval', objectId: approvalId })
}
