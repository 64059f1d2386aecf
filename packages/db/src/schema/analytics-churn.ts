import { boolean, date, index, jsonb, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at } from './columns.ts'

/**
 * What was counted of a firm that pays, in a week (its Monday in India): the last day of the week counts. Of a firm that
 * has left there is no row for the week, which is how the model learns that it has.
 */
export const churnSnapshots = pgTable(
  'churn_snapshots',
  {
    advisorId: advisorId(),
    week: date().notNull(),
    observation: jsonb().notNull(),
    /** It had asked to end. */
    announced: boolean().notNull(),
    observedAt: at().notNull(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.week] }), index('churn_snapshots_week_idx').on(t.week, t.advisorId)],
)

/** A model that was learnt from snapshots; the newest is in use. Of the platform. */
export const churnModels = pgTable('churn_models', {
  id: uuid().primaryKey(),
  /** The names of its features, in the order of the weights. */
  features: jsonb().$type<string[]>().notNull(),
  model: jsonb().$type<{ intercept: number; weights: number[]; means: number[]; scales: number[] }>().notNull(),
  quality: jsonb().$type<{ examples: number; churned: number; auc: number; brier: number }>().notNull(),
  learntAt: at().notNull(),
})
