import { type Queries, schema } from '@pramaan/db'
import { istDay, type ReportInput } from '@pramaan/shared'
import { and, between, eq, gt, sql } from 'drizzle-orm'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { report } from './report.ts'
import { type Head, periodBefore, type Range, rangeOf } from './rules/range.ts'

const { analyticsCursor, analyticsFindings, analyticsMessages, analyticsTexts, contents } = schema

/**
 * The head of a report and what it reads. What is read is as old as `asOf` says, also on a replica, as the moment up to
 * which was counted stands beside the counts.
 *
 * @throws AppError `invalid_input` for a range that is too long or the wrong way round; `unavailable`
 */
export async function reportOn<Result>(
  ctx: Ctx,
  asked: ReportInput,
  read: (queries: Queries, of: Head & { advisorId: string }) => Promise<Result>,
): Promise<{ head: Head & { asOf: string | null }; result: Result }> {
  const head = headOf(asked, ctx.now())
  const { result } = await report(ctx, async (queries) => {
    const [cursor] = await queries.select({ countedAt: analyticsCursor.countedAt }).from(analyticsCursor)
    const asOf = cursor?.countedAt?.toISOString() ?? null
    return { asOf, result: await read(queries, { ...head, advisorId: advisorIdOf(ctx) }) }
  })
  return { head: { ...head, asOf: result.asOf }, result: result.result }
}

/** @throws AppError `invalid_input` */
export function headOf(asked: ReportInput, now: Date): Head {
  const range = rangeOf(asked, istDay(now))
  if (typeof range === 'string') throw new AppError('invalid_input', range)
  return { range, previous: periodBefore(range) }
}

export type MessageRow = Awaited<ReturnType<typeof readMessages>>[number]

/** Messages by campaign, day and hour, with the topic that their text has now. */
export const readMessages = (queries: Queries, advisorId: string, { from, to }: Range) =>
  queries
    .select({
      day: analyticsMessages.day,
      hour: analyticsMessages.hour,
      campaignId: analyticsMessages.campaignId,
      contentId: analyticsMessages.contentId,
      topic: contents.topic,
      excerpt: contents.excerpt,
      language: analyticsMessages.language,
      template: analyticsMessages.template,
      sent: analyticsMessages.sent,
      delivered: analyticsMessages.delivered,
      read: analyticsMessages.read,
      replied: analyticsMessages.replied,
      optedOut: analyticsMessages.optedOut,
      failed: analyticsMessages.failed,
      priced: analyticsMessages.priced,
      costMillipaise: analyticsMessages.costMillipaise,
    })
    .from(analyticsMessages)
    .leftJoin(contents, and(eq(contents.advisorId, advisorId), eq(contents.id, analyticsMessages.contentId)))
    .where(and(eq(analyticsMessages.advisorId, advisorId), between(analyticsMessages.day, from, to)))

export type TextRow = Awaited<ReturnType<typeof readTexts>>[number]

export const readTexts = (queries: Queries, advisorId: string, { from, to }: Range) =>
  queries
    .select()
    .from(analyticsTexts)
    .where(and(eq(analyticsTexts.advisorId, advisorId), between(analyticsTexts.day, from, to)))

/** By rule and text. */
export const readFindings = (queries: Queries, advisorId: string, { from, to }: Range) =>
  queries
    .select({
      ruleId: analyticsFindings.ruleId,
      family: analyticsFindings.family,
      contentId: analyticsFindings.contentId,
      verdicts: sql<number>`sum(${analyticsFindings.verdicts})::integer`,
    })
    .from(analyticsFindings)
    .where(
      and(
        eq(analyticsFindings.advisorId, advisorId),
        between(analyticsFindings.day, from, to),
        // On other days officers set aside what was found before.
        gt(analyticsFindings.verdicts, 0),
      ),
    )
    .groupBy(analyticsFindings.ruleId, analyticsFindings.family, analyticsFindings.contentId)
