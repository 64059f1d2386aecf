import { type AiConcern, AiOutcome, AiReason, AiSource } from '@pramaan/shared'
import { check, date, foreignKey, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt, oneOf } from './columns.ts'
import { contentVersions } from './content.ts'

/**
 * The register of AI use: one row for each check beside which a model was, or should have been, asked. Append-only:
 * advisors answer for the use of AI by law (IA Reg 15(14), RA Reg 24(7)).
 */
export const aiUses = pgTable(
  'ai_uses',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    checkId: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    versionHash: text().notNull(),
    ruleSetDigest: text().notNull(),
    provider: text().notNull(),
    model: text().notNull(),
    promptVersion: text().notNull(),
    /** SHA-256 in hex over the question as it left, and over the words of the model. */
    promptDigest: text().notNull(),
    outputDigest: text(),
    source: text().notNull().$type<AiSource>(),
    outcome: text().notNull().$type<AiOutcome>(),
    reason: text().$type<AiReason>(),
    concerns: jsonb().$type<AiConcern[]>().notNull(),
    inputTokens: integer().notNull(),
    outputTokens: integer().notNull(),
    tookMs: integer().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('ai_uses_check').on(t.advisorId, t.checkId),
    foreignKey({
      columns: [t.advisorId, t.versionId],
      foreignColumns: [contentVersions.advisorId, contentVersions.id],
    }),
    check('ai_uses_source', oneOf('source', AiSource.options)),
    check('ai_uses_outcome', oneOf('outcome', AiOutcome.options)),
    check('ai_uses_reason', oneOf('reason', AiReason.options)),
  ],
)

/** What an advisor has spent on the model today, and its circuit breaker. One row for each advisor that uses it. */
export const aiAllowances = pgTable('ai_allowances', {
  advisorId: uuid().primaryKey(),
  /** A day in India. The counts are of this day. */
  day: date().notNull(),
  calls: integer().notNull(),
  inputTokens: integer().notNull().default(0),
  outputTokens: integer().notNull().default(0),
  /** Calls that failed in a row. */
  failures: integer().notNull().default(0),
  /** Until then the model is left alone. */
  pausedUntil: at(),
})
