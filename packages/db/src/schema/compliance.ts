import {
  AiStatus,
  type Finding,
  FlipDirection,
  Outcome,
  ReviewKind,
  ReviewPath,
  ReviewState,
  RuleImpactState,
  type StageReport,
  SuggestionState,
  type VerdictInput,
} from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt, oneOf } from './columns.ts'
import { contentVersions } from './content.ts'

export const CHECK_STATES = ['running', 'done', 'abandoned'] as const
export const OUTCOMES = Outcome.options
export const REVIEW_STATES = ReviewState.options
export const REVIEW_KINDS = ReviewKind.options
export const REVIEW_PATHS = ReviewPath.options
export const SUGGESTION_STATES = SuggestionState.options
export const IMPACT_STATES = RuleImpactState.options
export const FLIP_DIRECTIONS = FlipDirection.options
export const APPROVED_BY = ['policy', 'reviewer'] as const

/** One run of the three stages over one version; each stage adds to it once. */
export const complianceChecks = pgTable(
  'compliance_checks',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    state: text().notNull().$type<(typeof CHECK_STATES)[number]>().default('running'),
    stagesDone: integer().notNull().default(0),
    ruleSetDigest: text(),
    findings: jsonb().$type<Finding[]>().notNull().default([]),
    stages: jsonb().$type<StageReport[]>().notNull().default([]),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('compliance_checks_version_idx').on(t.advisorId, t.versionId),
    index('compliance_checks_running_idx').on(t.updatedAt).where(sql`${t.state} = 'running'`),
    foreignKey({
      columns: [t.advisorId, t.versionId],
      foreignColumns: [contentVersions.advisorId, contentVersions.id],
    }),
    check('compliance_checks_state', oneOf('state', CHECK_STATES)),
    check('compliance_checks_stages_done', oneOf('stages_done', ['0', '1', '2', '3'])),
  ],
)

/**
 * Every rule set that anything was judged by, whole: `pack` is the RFC 8785 JSON that `digest` is the SHA-256 of. Of the
 * platform and append-only, so that a verdict can be replayed on any later day.
 */
export const rulePacks = pgTable('rule_packs', {
  digest: text().primaryKey(),
  version: text().notNull(),
  pack: text().notNull(),
  createdAt: createdAt(),
})

/**
 * What a candidate rule set would do to everything that may be sent: counted while a job goes through it, from `after` on.
 * Two admins activate it, the second sets `activatedAt`.
 */
export const ruleImpacts = pgTable(
  'rule_impacts',
  {
    id: uuid().primaryKey(),
    digest: text()
      .notNull()
      .references(() => rulePacks.digest),
    baseDigest: text().notNull(),
    state: text().notNull().$type<(typeof IMPACT_STATES)[number]>().default('running'),
    /** Advisor and content of the last one that was judged. */
    after: jsonb().$type<[advisorId: string, contentId: string] | null>(),
    judged: integer().notNull().default(0),
    stricter: integer().notNull().default(0),
    looser: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    requestedBy: uuid().notNull(),
    createdAt: createdAt(),
    finishedAt: at(),
    proposedBy: uuid(),
    activatedBy: uuid(),
    activatedAt: at(),
  },
  () => [check('rule_impacts_state', oneOf('state', IMPACT_STATES))],
)

/** A text on which a candidate rule set decides otherwise than its newest verdict. */
export const ruleFlips = pgTable(
  'rule_flips',
  {
    advisorId: advisorId(),
    impactId: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    status: text().notNull(),
    direction: text().notNull().$type<(typeof FLIP_DIRECTIONS)[number]>(),
    fromOutcome: text().notNull().$type<(typeof OUTCOMES)[number]>(),
    /** Null where the candidate's rules threw. */
    toOutcome: text().$type<(typeof OUTCOMES)[number]>(),
    rulesGone: jsonb().$type<string[]>().notNull(),
    rulesNew: jsonb().$type<string[]>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.contentId, t.impactId] }),
    index('rule_flips_impact_idx').on(t.impactId, t.contentId),
    check('rule_flips_direction', oneOf('direction', FLIP_DIRECTIONS)),
  ],
)

/** What the engine decided about one version. Append-only. */
export const verdicts = pgTable(
  'verdicts',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    checkId: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    outcome: text().notNull().$type<(typeof OUTCOMES)[number]>(),
    score: integer().notNull(),
    findings: jsonb().$type<Finding[]>().notNull(),
    obligations: jsonb().$type<{ ruleId: string; message: string; clause: string }[]>().notNull(),
    ruleSetVersion: text().notNull(),
    ruleSetDigest: text().notNull(),
    engineVersion: text().notNull(),
    stages: jsonb().$type<StageReport[]>().notNull(),
    /** What was judged besides the text: with the pack of the digest it gives the same bytes again, on any day. */
    input: jsonb().$type<VerdictInput>().notNull(),
    inputHash: text().notNull(),
    /** Beside the verdict, and no part of what is replayed. */
    aiStatus: text().notNull().$type<AiStatus>(),
    renderedText: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('verdicts_check').on(t.advisorId, t.checkId),
    index('verdicts_id_idx').on(t.id),
    index('verdicts_content_idx').on(t.advisorId, t.contentId, t.id),
    foreignKey({
      columns: [t.advisorId, t.versionId],
      foreignColumns: [contentVersions.advisorId, contentVersions.id],
    }),
    check('verdicts_outcome', oneOf('outcome', OUTCOMES)),
    check('verdicts_ai_status', oneOf('ai_status', AiStatus.options)),
  ],
)

/**
 * A question to an officer about a version: the decision that a verdict asks for, an appeal against one, or a second look
 * at an approval. `dueAt` comes from the tier, `score` is the verdict's, `priority` is the score and what stands beside the
 * verdict; they are kept here for the order of the queue.
 */
export const reviews = pgTable(
  'reviews',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    verdictId: uuid().notNull(),
    authorId: uuid().notNull(),
    kind: text().notNull().$type<(typeof REVIEW_KINDS)[number]>().default('decision'),
    path: text().notNull().$type<(typeof REVIEW_PATHS)[number]>(),
    score: integer().notNull(),
    priority: integer().notNull().default(0),
    state: text().notNull().$type<(typeof REVIEW_STATES)[number]>().default('open'),
    claimedBy: uuid(),
    claimedUntil: at(),
    /** The first of two officers, where two must approve. */
    endorsedBy: uuid(),
    note: text(),
    dueAt: at().notNull(),
    escalatedAt: at(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('reviews_verdict').on(t.advisorId, t.verdictId, t.kind),
    index('reviews_state_idx').on(t.state, t.id),
    index('reviews_due_idx').on(t.state, t.dueAt, t.id),
    index('reviews_risk_idx').on(t.state, t.priority.desc(), t.dueAt, t.id),
    index('reviews_content_idx').on(t.advisorId, t.contentId, t.id),
    check('reviews_state', oneOf('state', REVIEW_STATES)),
    check('reviews_kind', oneOf('kind', REVIEW_KINDS)),
    check('reviews_path', oneOf('path', REVIEW_PATHS)),
  ],
)

/** Words that an officer proposed for a text under review; the author takes or leaves them. */
export const reviewSuggestions = pgTable(
  'review_suggestions',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    reviewId: uuid().notNull(),
    contentId: uuid().notNull(),
    suggestedBy: uuid().notNull(),
    content: text().notNull(),
    note: text().notNull(),
    state: text().notNull().$type<(typeof SUGGESTION_STATES)[number]>().default('offered'),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('review_suggestions_content_idx').on(t.advisorId, t.contentId, t.id),
    check('review_suggestions_state', oneOf('state', SUGGESTION_STATES)),
  ],
)

/** That an officer set a finding aside, and why. `finding` is its place in the verdict's list. Append-only. */
export const findingOverrides = pgTable(
  'finding_overrides',
  {
    advisorId: advisorId(),
    reviewId: uuid().notNull(),
    finding: integer().notNull(),
    officerId: uuid().notNull(),
    reason: text().notNull(),
    validUntil: at(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.reviewId, t.finding, t.officerId] })],
)

/** The signed proofs. Append-only; `statement` is the exact signed JSON. One for each verdict, so that a spent one can be renewed. */
export const approvals = pgTable(
  'approvals',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    verdictId: uuid().notNull(),
    approvedVia: text().notNull().$type<(typeof APPROVED_BY)[number]>(),
    approverId: uuid(),
    statement: text().notNull(),
    keyId: text().notNull(),
    signature: text().notNull(),
    expiresAt: at().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('approvals_verdict').on(t.advisorId, t.verdictId),
    index('approvals_content_idx').on(t.advisorId, t.contentId, t.id),
    foreignKey({
      columns: [t.advisorId, t.versionId],
      foreignColumns: [contentVersions.advisorId, contentVersions.id],
    }),
    check('approvals_approved_via', oneOf('approved_via', APPROVED_BY)),
  ],
)

/**
 * The approval that covers a text now, kept where the clock, the rules and the licences can find it without looking through
 * all approvals. It goes when it lapses; that it is here proves nothing, the signed statement does.
 */
export const liveApprovals = pgTable(
  'live_approvals',
  {
    advisorId: advisorId(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    approvalId: uuid().notNull(),
    authorId: uuid().notNull(),
    ruleSetDigest: text().notNull(),
    /** The registrations that its footer names. */
    licences: jsonb().$type<VerdictInput['advisor']['licences']>().notNull(),
    expiresAt: at().notNull(),
    warnedAt: at(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.contentId] }),
    index('live_approvals_expires_idx').on(t.expiresAt),
    index('live_approvals_rules_idx').on(t.ruleSetDigest),
  ],
)

/** How an advisor stands: the moving average that the profile shows. */
export const complianceStandings = pgTable('compliance_standings', {
  advisorId: uuid().primaryKey(),
  score: integer().notNull(),
  verdictCount: integer().notNull(),
  updatedAt: at().notNull(),
})
