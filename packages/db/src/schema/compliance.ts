import { AiStatus, type Finding, Outcome, ReviewState, type StageReport } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt, oneOf } from './columns.ts'
import { contentVersions } from './content.ts'

export const CHECK_STATES = ['running', 'done', 'abandoned'] as const
export const OUTCOMES = Outcome.options
export const REVIEW_STATES = ReviewState.options
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
    /** Beside the verdict, and no part of what is replayed. */
    aiStatus: text().notNull().$type<AiStatus>(),
    renderedText: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('verdicts_check').on(t.advisorId, t.checkId),
    index('verdicts_content_idx').on(t.advisorId, t.contentId, t.id),
    foreignKey({
      columns: [t.advisorId, t.versionId],
      foreignColumns: [contentVersions.advisorId, contentVersions.id],
    }),
    check('verdicts_outcome', oneOf('outcome', OUTCOMES)),
    check('verdicts_ai_status', oneOf('ai_status', AiStatus.options)),
  ],
)

/** A version that a human must decide on. One for each verdict: the same version may be checked again under newer rules. */
export const reviews = pgTable(
  'reviews',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    verdictId: uuid().notNull(),
    authorId: uuid().notNull(),
    state: text().notNull().$type<(typeof REVIEW_STATES)[number]>().default('open'),
    claimedBy: uuid(),
    note: text(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('reviews_verdict').on(t.advisorId, t.verdictId),
    index('reviews_state_idx').on(t.state, t.id),
    index('reviews_content_idx').on(t.advisorId, t.contentId, t.id),
    check('reviews_state', oneOf('state', REVIEW_STATES)),
  ],
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

/** How an advisor stands: the moving average that the profile shows. */
export const complianceStandings = pgTable('compliance_standings', {
  advisorId: uuid().primaryKey(),
  score: integer().notNull(),
  verdictCount: integer().notNull(),
  updatedAt: at().notNull(),
})
