import { z } from 'zod'
import { PlanQuotas } from './billing.ts'
import { Day, Id, line, PageInput, page, Time } from './fields.ts'

/**
 * What happens to messages and texts, once for each of them: the message was taken by WhatsApp, delivered, read, answered,
 * followed by a stop, failed, priced; the text was judged, found clean or sent back, approved, rejected, or a rule found
 * something in it, which an officer may have set aside.
 */
export const AnalyticsKind = z.enum([
  'message.sent',
  'message.delivered',
  'message.read',
  'message.replied',
  'message.opted_out',
  'message.failed',
  'message.priced',
  'text.judged',
  'text.clean',
  'text.sent_back',
  'text.found',
  'text.set_aside',
  'text.approved',
  'text.rejected',
])
export type AnalyticsKind = z.infer<typeof AnalyticsKind>

export const AnalyticsReport = z.enum(['overview', 'engagement', 'trends', 'compliance'])
export type AnalyticsReport = z.infer<typeof AnalyticsReport>

export const ExportFormat = z.enum(['csv', 'json'])
export type ExportFormat = z.infer<typeof ExportFormat>

export const ExportState = z.enum(['waiting', 'ready'])
export type ExportState = z.infer<typeof ExportState>

/** Days in India, both included. */
export const RecountInput = z.strictObject({ from: Day, to: Day })

/** Days in India, both included; the last 30 where they are left out, and 13 months at the most. */
export const ReportInput = z.strictObject({ from: Day.optional(), to: Day.optional() })
export type ReportInput = z.infer<typeof ReportInput>

const Range = z.object({ from: Day, to: Day })

/** What every report says of itself: its days, those it is compared with, and up to when everything is counted. */
const ReportHead = z.object({
  range: Range,
  /** As many days just before. */
  previous: Range,
  /** Null before anything was counted. Counts of `rows` are those of this moment. */
  asOf: Time.nullable(),
})

/** A number, the same one of the period before, and the path of the rows that it counts. */
const Counted = z.object({ count: z.int(), previous: z.int(), rows: z.string() })

/**
 * So many of so many. Shares are null where they would be of fewer than ten; `change` is in percentage points, and
 * `beyondChance` says whether it is more than chance would make it (null where there is too little to tell).
 */
export const ProportionView = z.object({
  count: z.int(),
  of: z.int(),
  share: z.number().nullable(),
  previousShare: z.number().nullable(),
  change: z.number().nullable(),
  beyondChance: z.boolean().nullable(),
  rows: z.string(),
})
export type ProportionView = z.infer<typeof ProportionView>

/** A sentence on a difference beyond chance, with how probable it is where there is none, and its rows. */
export const Insight = z.object({ text: z.string(), chance: z.number(), messages: z.int(), rows: z.string() })
export type Insight = z.infer<typeof Insight>

export const OverviewView = ReportHead.extend({
  messages: z.object({
    sent: Counted,
    failed: Counted,
    /** Of those sent. */
    delivered: ProportionView,
    /** Of those delivered, like the next two. */
    read: ProportionView,
    replied: ProportionView,
    optedOut: ProportionView,
  }),
  texts: z.object({
    /** Approved, of all that were approved, sent back or rejected. */
    approved: ProportionView,
    /** From the submission to the approval, in seconds. */
    timeToApproval: z.object({
      approvals: z.int(),
      medianSeconds: z.number().nullable(),
      p90Seconds: z.number().nullable(),
      previousMedianSeconds: z.number().nullable(),
      rows: z.string(),
    }),
  }),
  /** What WhatsApp charges, without tax; messages whose price is not known are none of `pricedMessages`. */
  cost: z.object({
    amountPaise: z.int(),
    previousPaise: z.int(),
    pricedMessages: z.int(),
    rows: z.string(),
  }),
  /** What is left of the plan now, whatever the range. */
  quotas: PlanQuotas.pick({ checksPerDay: true, recipientsPerMonth: true }),
})
export type OverviewView = z.infer<typeof OverviewView>

export const EngagementDimension = z.enum([
  'content',
  'topic',
  'language',
  'topicAndLanguage',
  'template',
  'weekday',
  'hour',
])
export type EngagementDimension = z.infer<typeof EngagementDimension>

/** Messages of one value of a dimension. `readShare` is of those delivered, with its 95% interval (Wilson). */
const EngagementCell = z.object({
  value: z.string(),
  label: z.string(),
  campaigns: z.int(),
  sent: z.int(),
  delivered: z.int(),
  read: z.int(),
  replied: z.int(),
  optedOut: z.int(),
  readShare: z.number().nullable(),
  readInterval: z.object({ low: z.number(), high: z.number() }).nullable(),
  replyShare: z.number().nullable(),
  rows: z.string(),
})
export type EngagementCell = z.infer<typeof EngagementCell>

export const EngagementView = ReportHead.extend({
  by: z.array(
    z.object({
      dimension: EngagementDimension,
      cells: z.array(EngagementCell),
      /** What is not shown: values with fewer than ten messages, and those beyond the fifty largest. */
      left: z.object({ values: z.int(), sent: z.int() }),
    }),
  ),
  insights: z.array(Insight),
})
export type EngagementView = z.infer<typeof EngagementView>

export const TrendsView = ReportHead.extend({
  grain: z.enum(['day', 'week', 'month']),
  points: z.array(
    z.object({
      from: Day,
      to: Day,
      sent: z.int(),
      delivered: z.int(),
      read: z.int(),
      replied: z.int(),
      optedOut: z.int(),
      failed: z.int(),
      costPaise: z.int(),
      readShare: z.number().nullable(),
      rows: z.string(),
    }),
  ),
  changes: z.object({
    delivered: ProportionView,
    read: ProportionView,
    replied: ProportionView,
    optedOut: ProportionView,
  }),
  insights: z.array(Insight),
})
export type TrendsView = z.infer<typeof TrendsView>

export const ComplianceReportView = ReportHead.extend({
  /** The average score of the verdicts, 0 without risk to 100. */
  risk: z.object({
    verdicts: z.int(),
    average: z.number().nullable(),
    previousAverage: z.number().nullable(),
    rows: z.string(),
  }),
  grain: z.enum(['day', 'week', 'month']),
  points: z.array(
    z.object({
      from: Day,
      to: Day,
      verdicts: z.int(),
      averageScore: z.number().nullable(),
      clean: z.int(),
      sentBack: z.int(),
      rows: z.string(),
    }),
  ),
  /** Texts found clean, of those judged: what improves. */
  clean: ProportionView,
  families: z.array(
    z.object({ family: z.string(), verdicts: z.int(), texts: z.int(), previousVerdicts: z.int(), rows: z.string() }),
  ),
  mostRepeated: z
    .object({ ruleId: z.string(), family: z.string(), verdicts: z.int(), texts: z.int(), rows: z.string() })
    .nullable(),
})
export type ComplianceReportView = z.infer<typeof ComplianceReportView>

/** The rows behind a number: every report names them by a path with these parameters. */
export const FactListInput = PageInput.extend({
  kind: AnalyticsKind,
  from: Day.optional(),
  to: Day.optional(),
  contentId: Id.optional(),
  topic: line(80).optional(),
  language: line(20).optional(),
  template: line(512).optional(),
  /** Monday is 1, Sunday 7. */
  weekday: z.int().min(1).max(7).optional(),
  hour: z.int().min(0).max(23).optional(),
  family: line(80).optional(),
  rule: line(120).optional(),
})

/** One fact. `day` and `hour` are those under which it is counted: of the sending, for whatever became of a message. */
export const FactView = z.object({
  kind: AnalyticsKind,
  occurredAt: Time,
  day: Day,
  hour: z.int(),
  objectId: Id,
  contentId: Id,
  campaignId: Id.nullable(),
  deliveryId: Id.nullable(),
  language: z.string().nullable(),
  template: z.string().nullable(),
  rule: z.string().nullable(),
  family: z.string().nullable(),
  value: z.int().nullable(),
})
export const FactPage = page(FactView)

export const ExportInput = ReportInput.extend({ report: AnalyticsReport, format: ExportFormat })
export const ExportIdInput = z.strictObject({ id: Id })
export const ReportFileView = z.object({
  id: Id,
  report: AnalyticsReport,
  format: ExportFormat,
  range: Range,
  state: ExportState,
  /** Name and text of the file, once it is ready; a week later it is gone. */
  file: z.object({ name: z.string(), text: z.string() }).nullable(),
  createdAt: Time,
})
export type ReportFileView = z.infer<typeof ReportFileView>
