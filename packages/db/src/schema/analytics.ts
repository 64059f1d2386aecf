import { AnalyticsKind, AnalyticsReport, ExportFormat, ExportState } from '@pramaan/shared'
import { bigint, check, date, index, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, createdAt, oneOf } from './columns.ts'

export const ANALYTICS_KINDS = AnalyticsKind.options

/**
 * The facts that analytics counts, each once: ids and dimensions, and nothing that names a person. They are derived from
 * the rows of the other domains (`keep-facts.ts`). `day` and `hour` are those in India under which a fact is counted: what
 * became of a message counts for the hour in which it was sent. Partitioned by month of `occurredAt`.
 */
export const analyticsEvents = pgTable(
  'analytics_events',
  {
    advisorId: advisorId(),
    /** What it happened to: a delivery, reply, consent, verdict, approval or review. */
    objectId: uuid().notNull(),
    kind: text().notNull().$type<AnalyticsKind>(),
    /** The rule that found something; else empty. */
    rule: text().notNull().default(''),
    occurredAt: at().notNull(),
    day: date().notNull(),
    hour: smallint().notNull(),
    contentId: uuid().notNull(),
    campaignId: uuid(),
    /** The delivery that was sent, read or answered. */
    messageId: uuid(),
    language: text(),
    template: text(),
    /** The family of the rule. */
    family: text(),
    /**
     * Thousandths of a paisa (`message.priced`, null without a known price), points (`text.judged`), seconds since the
     * submission (`text.approved`), how often (`text.set_aside`).
     */
    value: bigint({ mode: 'number' }),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.objectId, t.kind, t.rule, t.occurredAt] }),
    index('analytics_events_day_idx').on(t.advisorId, t.day, t.kind, t.objectId),
    check('analytics_events_kind', oneOf('kind', ANALYTICS_KINDS)),
  ],
)

const count = () => integer().notNull()

/** Messages of a campaign by the hour in India in which they were sent, and what became of them since. */
export const analyticsMessages = pgTable(
  'analytics_messages',
  {
    advisorId: advisorId(),
    day: date().notNull(),
    hour: smallint().notNull(),
    campaignId: uuid().notNull(),
    contentId: uuid().notNull(),
    language: text(),
    template: text().notNull(),
    sent: count(),
    delivered: count(),
    read: count(),
    replied: count(),
    optedOut: count(),
    failed: count(),
    /** Messages whose price is known, and the sum in thousandths of a paisa. */
    priced: count(),
    costMillipaise: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.day, t.hour, t.campaignId] })],
)

/** What was decided about a text on a day in India. */
export const analyticsTexts = pgTable(
  'analytics_texts',
  {
    advisorId: advisorId(),
    day: date().notNull(),
    contentId: uuid().notNull(),
    judged: count(),
    clean: count(),
    sentBack: count(),
    rejected: count(),
    approved: count(),
    /** The sum of the verdicts' scores; 0 is without risk, 100 the worst. */
    scores: count(),
    /** How long each approval took from the submission, in seconds. */
    approvalSeconds: integer().array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.day, t.contentId] }), index('analytics_texts_day_idx').on(t.day)],
)

/** In how many verdicts about a text a rule found something on a day in India, and how often officers set that aside. */
export const analyticsFindings = pgTable(
  'analytics_findings',
  {
    advisorId: advisorId(),
    day: date().notNull(),
    ruleId: text().notNull(),
    contentId: uuid().notNull(),
    family: text().notNull(),
    verdicts: count(),
    setAside: count(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.day, t.ruleId, t.contentId] }),
    index('analytics_findings_day_idx').on(t.day),
  ],
)

/** Verdicts of all firms on a day in India. */
export const analyticsDays = pgTable('analytics_days', {
  day: date().primaryKey(),
  judged: count(),
})

/** `analytics_findings` of all firms together, for the numbers of the platform. */
export const analyticsRules = pgTable(
  'analytics_rules',
  {
    day: date().notNull(),
    ruleId: text().notNull(),
    family: text().notNull(),
    verdicts: count(),
    setAside: count(),
  },
  (t) => [primaryKey({ columns: [t.day, t.ruleId, t.family] })],
)

/** How far the sealed log was read for facts: one row for the platform. */
export const analyticsCursor = pgTable('analytics_cursor', {
  id: smallint().primaryKey(),
  nextLeaf: bigint({ mode: 'number' }).notNull(),
  /** Everything up to then is counted, by the database's clock; null before the first time. */
  countedAt: at(),
})

/** A report that somebody wants as a file; `body` is there once the job has made it. */
export const analyticsExports = pgTable(
  'analytics_exports',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    report: text().notNull().$type<AnalyticsReport>(),
    format: text().notNull().$type<ExportFormat>(),
    fromDay: date().notNull(),
    toDay: date().notNull(),
    state: text().notNull().$type<ExportState>(),
    body: text(),
    requestedBy: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('analytics_exports_created_at_idx').on(t.createdAt),
    check('analytics_exports_report', oneOf('report', AnalyticsReport.options)),
    check('analytics_exports_format', oneOf('format', ExportFormat.options)),
    check('analytics_exports_state', oneOf('state', ExportState.options)),
  ],
)
