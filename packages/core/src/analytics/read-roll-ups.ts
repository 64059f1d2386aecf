import { type Queries, schema, statement } from '@pramaan/db'
import { istDay, type ReportInput } from '@pramaan/shared'
import { and, between, type Column, eq, gt, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { report } from './report.ts'
import { type Head, periodBefore, type Range, rangeOf } from './rules/range.ts'

const { analyticsCursor, analyticsFindings, analyticsMessages, analyticsTexts, contents } = schema

/** Whose report, and of which days. */
export type Of = Head & { advisorId: string }

/**
 * The head of a report and what it reads. What is read is as old as `asOf` says, also on a replica, as the moment up to
 * which was counted stands beside the counts. All statements that `read` begins at once travel together.
 *
 * @throws AppError `invalid_input` for a range that is too long or the wrong way round; `unavailable`
 */
export async function reportOn<Result>(
  ctx: Ctx,
  asked: ReportInput,
  read: (queries: Queries, of: Of) => Promise<Result>,
): Promise<{ head: Head & { asOf: string | null }; result: Result }> {
  const head = headOf(asked, ctx.now())
  const { result } = await report(ctx, (queries) =>
    Promise.all([selectCursor(queries).execute(), read(queries, { ...head, advisorId: advisorIdOf(ctx) })]),
  )
  const [[cursor], found] = result
  return { head: { ...head, asOf: cursor?.countedAt?.toISOString() ?? null }, result: found }
}

const selectCursor = statement((queries) =>
  queries.select({ countedAt: analyticsCursor.countedAt }).from(analyticsCursor).prepare('analytics_cursor'),
)

/** @throws AppError `invalid_input` */
export function headOf(asked: ReportInput, now: Date): Head {
  const range = rangeOf(asked, istDay(now))
  if (typeof range === 'string') throw new AppError('invalid_input', range)
  return { range, previous: periodBefore(range) }
}

/** Rows of the days of a report, and those of the days before. */
export function byPeriod<Row extends { day: string }>(
  rows: readonly Row[],
  { range }: Head,
): { now: Row[]; before: Row[] } {
  const { now = [], before = [] } = Object.groupBy(rows, ({ day }) => (day >= range.from ? 'now' : 'before'))
  return { now, before }
}

/** The days of a report and those before, which are read at once. */
const bothPeriods = ({ range, previous }: Head): Range => ({ from: previous.from, to: range.to })

const MESSAGE_COUNTS = {
  day: analyticsMessages.day,
  campaignId: analyticsMessages.campaignId,
  sent: analyticsMessages.sent,
  delivered: analyticsMessages.delivered,
  read: analyticsMessages.read,
  replied: analyticsMessages.replied,
  optedOut: analyticsMessages.optedOut,
}

const asked = { advisorId: sql.placeholder('advisorId'), from: sql.placeholder('from'), to: sql.placeholder('to') }

/** The rows of the firm and of the days that a prepared statement is asked for. */
export const isAsked = (rollUp: { advisorId: Column; day: Column }) =>
  and(eq(rollUp.advisorId, asked.advisorId), between(rollUp.day, asked.from, asked.to))

const selectMessages = statement((queries) =>
  queries
    .select({
      ...MESSAGE_COUNTS,
      failed: analyticsMessages.failed,
      costMillipaise: analyticsMessages.costMillipaise,
    })
    .from(analyticsMessages)
    .where(isAsked(analyticsMessages))
    .prepare('analytics_messages'),
)

const selectMessagesWithTexts = statement((queries) =>
  queries
    .select({
      ...MESSAGE_COUNTS,
      hour: analyticsMessages.hour,
      contentId: analyticsMessages.contentId,
      language: analyticsMessages.language,
      template: analyticsMessages.template,
      topic: contents.topic,
      excerpt: contents.excerpt,
    })
    .from(analyticsMessages)
    .leftJoin(contents, and(eq(contents.advisorId, asked.advisorId), eq(contents.id, analyticsMessages.contentId)))
    .where(isAsked(analyticsMessages))
    .prepare('analytics_messages_with_texts'),
)

const selectTexts = statement((queries) =>
  queries
    .select({
      day: analyticsTexts.day,
      contentId: analyticsTexts.contentId,
      judged: analyticsTexts.judged,
      clean: analyticsTexts.clean,
      sentBack: analyticsTexts.sentBack,
      scores: analyticsTexts.scores,
    })
    .from(analyticsTexts)
    .where(isAsked(analyticsTexts))
    .prepare('analytics_texts'),
)

const selectFindings = statement((queries) =>
  queries
    .select({
      day: analyticsFindings.day,
      ruleId: analyticsFindings.ruleId,
      family: analyticsFindings.family,
      contentId: analyticsFindings.contentId,
      verdicts: analyticsFindings.verdicts,
    })
    .from(analyticsFindings)
    .where(
      and(
        isAsked(analyticsFindings),
        // On other days officers set aside what was found before.
        gt(analyticsFindings.verdicts, 0),
      ),
    )
    .prepare('analytics_findings'),
)

export type MessageWithText = Awaited<ReturnType<typeof readMessagesWithTexts>>[number]
export type TextRow = Awaited<ReturnType<typeof readTexts>>[number]
export type FindingRow = Awaited<ReturnType<typeof readFindings>>[number]

/** Messages by campaign, day and hour, of the days of a report and those before. */
export const readMessages = (queries: Queries, of: Of) =>
  selectMessages(queries).execute({ advisorId: of.advisorId, ...bothPeriods(of) })

/** Messages of the days of a report alone, with the topic that their text has now. */
export const readMessagesWithTexts = (queries: Queries, { advisorId, range }: Of) =>
  selectMessagesWithTexts(queries).execute({ advisorId, ...range })

/** What was decided about texts, by day. */
export const readTexts = (queries: Queries, of: Of) =>
  selectTexts(queries).execute({ advisorId: of.advisorId, ...bothPeriods(of) })

/** What rules found, by day, rule and text. */
export const readFindings = (queries: Queries, of: Of) =>
  selectFindings(queries).execute({ advisorId: of.advisorId, ...bothPeriods(of) })
