import { type Queries, schema, statement } from '@pramaan/db'
import { type Column, sql } from 'drizzle-orm'
import { isAsked, type Of } from './read-roll-ups.ts'

const { analyticsMessages: messages, analyticsTexts: texts } = schema

/** Counts of a campaign, of all its messages or some of them. */
export interface CampaignCounts {
  campaignId: string
  sent: number
  delivered: number
  read: number
  replied: number
  optedOut: number
}

/** What became of all messages of a period. */
export interface MessageTotals {
  campaigns: CampaignCounts[]
  failed: number
  priced: number
  costMillipaise: number
}

/** What was decided about texts in a period, and how long each approval took, in seconds. */
export interface TextTotals {
  texts: { contentId: string; approved: number; decided: number }[]
  approvalSeconds: number[]
}

/** A value for the days of a report, and one for those before. */
interface Both<Value> {
  now: Value
  before: Value
}

const isNow = (day: Column) => sql<boolean>`${day} >= ${sql.placeholder('start')}::date`
const valuesOf = ({ advisorId, range, previous }: Of) => ({
  ...{ advisorId, from: previous.from, start: range.from, to: range.to },
})

/** A column as one value: a firm may have thousands of rows, which cost a fraction so of what they cost one by one. */
const all = <Value>(column: Column | ReturnType<typeof sql>) => sql<Value[]>`json_agg(${column})`
const total = (column: Column) => sql<number>`sum(${column})::float8`

const selectMessageTotals = statement((queries) =>
  queries
    .select({
      isNow: isNow(messages.day),
      campaignIds: all<string>(messages.campaignId),
      sent: all<number>(messages.sent),
      delivered: all<number>(messages.delivered),
      read: all<number>(messages.read),
      replied: all<number>(messages.replied),
      optedOut: all<number>(messages.optedOut),
      failed: total(messages.failed),
      priced: total(messages.priced),
      costMillipaise: total(messages.costMillipaise),
    })
    .from(messages)
    .where(isAsked(messages))
    .groupBy(sql`1`)
    .prepare('analytics_message_totals'),
)

const selectTextTotals = statement((queries) =>
  queries
    .select({
      isNow: isNow(texts.day),
      contentIds: all<string>(texts.contentId),
      approved: all<number>(texts.approved),
      decided: all<number>(sql`${texts.approved} + ${texts.sentBack} + ${texts.rejected}`),
      approvalSeconds: all<number[]>(texts.approvalSeconds),
    })
    .from(texts)
    .where(isAsked(texts))
    .groupBy(sql`1`)
    .prepare('analytics_text_totals'),
)

/** There is a row for each of the two periods, where it has any. */
const bothOf = <Row extends { isNow: boolean }, Value>(
  rows: readonly Row[],
  totalsOf: (row: Row | undefined) => Value,
): Both<Value> => ({ now: totalsOf(rows.find((row) => row.isNow)), before: totalsOf(rows.find((row) => !row.isNow)) })

export async function readMessageTotals(queries: Queries, of: Of): Promise<Both<MessageTotals>> {
  const rows = await selectMessageTotals(queries).execute(valuesOf(of))
  const totalsOf = (row: (typeof rows)[number] | undefined): MessageTotals => {
    const { campaignIds, sent, delivered, read, replied, optedOut, failed, priced, costMillipaise } = row ?? NO_MESSAGES
    const at = (column: readonly number[], index: number) => column[index] ?? 0
    const campaigns = campaignIds.map((campaignId, index) => ({
      campaignId,
      sent: at(sent, index),
      delivered: at(delivered, index),
      read: at(read, index),
      replied: at(replied, index),
      optedOut: at(optedOut, index),
    }))
    return { campaigns, failed, priced, costMillipaise }
  }
  return bothOf(rows, totalsOf)
}

const NO_MESSAGES = {
  ...{ campaignIds: [], sent: [], delivered: [], read: [], replied: [], optedOut: [] },
  ...{ failed: 0, priced: 0, costMillipaise: 0 },
}

export async function readTextTotals(queries: Queries, of: Of): Promise<Both<TextTotals>> {
  const rows = await selectTextTotals(queries).execute(valuesOf(of))
  const totalsOf = (row: (typeof rows)[number] | undefined): TextTotals => ({
    texts: (row?.contentIds ?? []).map((contentId, index) => ({
      contentId,
      approved: row?.approved[index] ?? 0,
      decided: row?.decided[index] ?? 0,
    })),
    approvalSeconds: row?.approvalSeconds.flat() ?? [],
  })
  return bothOf(rows, totalsOf)
}
