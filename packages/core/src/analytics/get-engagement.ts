import { type EngagementCell, EngagementDimension, type EngagementView, ReportInput } from '@pramaan/shared'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { campaignTallies, messageCounts } from './message-shares.ts'
import { type MessageWithText, readMessagesWithTexts, reportOn } from './read-roll-ups.ts'
import type { Tally } from './rules/chance.ts'
import { rowsOf, SMALL, shareOf, sum, wilson } from './rules/counts.ts'
import { type Contrast, insightsOf } from './rules/insights.ts'
import { type Head, type Range, weekdayOf } from './rules/range.ts'

/** The largest values of a dimension that a report shows. */
const MOST_CELLS = 50

const LANGUAGE_NAMES: Record<string, string> = {
  en: 'English',
  hi: 'Hindi',
  hinglish: 'Hinglish',
  mr: 'Marathi',
  gu: 'Gujarati',
  ta: 'Tamil',
  other: 'another language',
}
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

interface Value {
  label: string
  /** The parameters of the list of rows that pick this value. */
  filter: Record<string, string | number>
}

interface Dimension {
  /** The value of a message; null where it has none. */
  keyOf(row: MessageWithText): string | null
  /** How a value reads, from a message that has it. */
  describe(row: MessageWithText): Value
}

const DIMENSIONS: Record<EngagementDimension, Dimension> = {
  content: {
    keyOf: ({ contentId }) => contentId,
    describe: ({ contentId, excerpt }) => ({ label: excerpt ?? contentId, filter: { contentId } }),
  },
  topic: {
    keyOf: ({ topic }) => topic,
    describe: ({ topic }) => ({ label: topic ?? '', filter: { topic: topic ?? '' } }),
  },
  language: {
    keyOf: ({ language }) => language,
    describe: ({ language }) => ({ label: nameOf(language), filter: { language: language ?? '' } }),
  },
  topicAndLanguage: {
    keyOf: ({ topic, language }) => (topic === null || language === null ? null : `${topic} ${language}`),
    describe: ({ topic, language }) => ({
      label: `${nameOf(language)} ${topic}`,
      filter: { topic: topic ?? '', language: language ?? '' },
    }),
  },
  template: {
    keyOf: ({ template }) => template,
    describe: ({ template }) => ({ label: template, filter: { template } }),
  },
  weekday: {
    keyOf: ({ day }) => String(weekdayOf(day)),
    describe: ({ day }) => ({ label: WEEKDAYS[weekdayOf(day) - 1] ?? '', filter: { weekday: weekdayOf(day) } }),
  },
  hour: {
    keyOf: ({ hour }) => String(hour),
    describe: ({ hour }) => ({ label: `${hour}:00 and ${hour + 1}:00`, filter: { hour } }),
  },
}

const nameOf = (language: string | null): string => LANGUAGE_NAMES[language ?? ''] ?? language ?? ''

/**
 * What people do with a firm's messages, by content, topic, language, template, weekday and hour (in India, of the
 * sending). Values with fewer than ten messages are not shown one by one, but summed.
 */
export const getEngagement = query({
  name: 'analytics.get_engagement',
  input: ReportInput,
  run: (ctx, input) => engagementOf(ctx, input),
})

export async function engagementOf(ctx: Ctx, asked: ReportInput): Promise<EngagementView> {
  const { head, result: rows } = await reportOn(ctx, asked, readMessagesWithTexts)
  const groups = EngagementDimension.options.map((dimension) => ({ dimension, groups: groupsOf(rows, dimension) }))
  return { ...head, by: groups.map((of) => cellsOf(of, head)), insights: insightsIn(rows, groups, head) }
}

/** A dimension with its values. */
interface Grouped {
  dimension: EngagementDimension
  groups: readonly Group[]
}

interface Group extends Value {
  value: string
  rows: MessageWithText[]
}

/** The messages of each value of a dimension, most first. */
function groupsOf(rows: readonly MessageWithText[], dimension: EngagementDimension): Group[] {
  const groups = new Map<string, Group>()
  const { keyOf, describe } = DIMENSIONS[dimension]
  for (const row of rows) {
    const value = keyOf(row)
    if (value === null) continue
    const group = groups.get(value)
    if (group) group.rows.push(row)
    else groups.set(value, { value, ...describe(row), rows: [row] })
  }
  const ranked = [...groups.values()].map((group) => ({ group, sent: sum(group.rows, (row) => row.sent) }))
  return ranked
    .toSorted((a, b) => b.sent - a.sent || (a.group.value < b.group.value ? -1 : 1))
    .map(({ group }) => group)
}

function cellsOf({ dimension, groups }: Grouped, { range }: Head): EngagementView['by'][number] {
  const cells = groups.map((group) => cellOf(group, range))
  const shown = cells.filter(({ sent }) => sent >= SMALL).slice(0, MOST_CELLS)
  const left = cells.slice(shown.length)
  return { dimension, cells: shown, left: { values: left.length, sent: sum(left, ({ sent }) => sent) } }
}

function cellOf({ value, label, filter, rows }: Group, range: Range): EngagementCell {
  const counts = messageCounts(rows)
  return {
    ...{ value, label, ...counts },
    campaigns: new Set(rows.map((row) => row.campaignId)).size,
    readShare: shareOf(counts.read, counts.delivered),
    readInterval: wilson(counts.read, counts.delivered),
    replyShare: shareOf(counts.replied, counts.delivered),
    rows: rowsOf('message.sent', range, filter),
  }
}

/** Each value of a dimension against all other messages. One text is in few campaigns, and says nothing beyond itself. */
function insightsIn(rows: readonly MessageWithText[], grouped: readonly Grouped[], { range }: Head) {
  const tallies = (some: readonly MessageWithText[]) => campaignTallies(some, 'read', 'delivered')
  const all = [...tallies(rows)]
  const spoken = grouped.filter(({ dimension }) => dimension !== 'content')
  const contrasts = spoken.flatMap(({ dimension, groups }): Contrast[] =>
    groups.map(({ label, filter, rows: own }) => {
      const ours = tallies(own)
      return {
        ...{ dimension, label },
        ours: [...ours.values()],
        others: all.map(([campaign, tally]) => without(tally, ours.get(campaign))),
        rows: rowsOf('message.read', range, filter),
      }
    }),
  )
  return insightsOf(contrasts)
}

const without = (tally: Tally, part: Tally = { hits: 0, of: 0 }): Tally => ({
  hits: tally.hits - part.hits,
  of: tally.of - part.of,
})
