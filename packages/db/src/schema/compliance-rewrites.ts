import { bigint, foreignKey, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { advisorId, createdAt } from './columns.ts'
import { contentVersions } from './content.ts'

/** A text that an officer rejected, as it is found again by `refusal_fingerprints`. Append-only; the reason is the review's. */
export const refusals = pgTable(
  'refusals',
  {
    advisorId: advisorId(),
    reviewId: uuid().notNull(),
    contentId: uuid().notNull(),
    versionId: uuid().notNull(),
    /** The rule that the officer named. */
    ruleId: text(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.reviewId] }),
    foreignKey({
      columns: [t.advisorId, t.versionId],
      foreignColumns: [contentVersions.advisorId, contentVersions.id],
    }),
  ],
)

/**
 * What a refused text says: 64 keyed hashes at most, one for each of its words, numbers and concepts that were drawn. Without
 * the key they tell nothing but that two refused texts of a firm share something.
 */
export const refusalFingerprints = pgTable(
  'refusal_fingerprints',
  {
    advisorId: advisorId(),
    fingerprint: bigint({ mode: 'bigint' }).notNull(),
    reviewId: uuid().notNull(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.fingerprint, t.reviewId] })],
)

/** That a text under a verdict is much like one that was refused. Append-only, and beside the verdict like the uses of a model. */
export const rewriteLinks = pgTable(
  'rewrite_links',
  {
    advisorId: advisorId(),
    verdictId: uuid().notNull(),
    /** The review in which the other text was refused. */
    reviewId: uuid().notNull(),
    /** Per cent of what either text says. */
    alike: integer().notNull(),
    /** Per cent of what the refused text says. */
    contained: integer().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.verdictId, t.reviewId] })],
)
