import type { EngagementDimension, Insight } from '@pramaan/shared'
import { chanceOf, holm, sumOf, type Tally } from './chance.ts'
import { roundTo } from './counts.ts'

/** Messages of one value of a dimension, and all the others, each with a tally of read messages for each campaign. */
export interface Contrast {
  dimension: EngagementDimension
  label: string
  ours: readonly Tally[]
  others: readonly Tally[]
  rows: string
}

const MOST_LINES = 8

/**
 * Sentences on values whose messages were read more or less often than the others. Each value with enough messages and
 * campaigns is tested against the rest (`chanceOf`), and of all tests of a report those are told that stand together
 * (`holm`): where nothing makes a difference, 95 of 100 reports say nothing.
 */
export function insightsOf(contrasts: readonly Contrast[]): Insight[] {
  const tested = contrasts.flatMap((contrast) => {
    const chance = chanceOf(contrast.ours, contrast.others)
    return chance === null ? [] : [{ ...contrast, chance }]
  })
  const stands = holm(tested.map(({ chance }) => chance))
  return tested
    .filter((_, place) => stands[place])
    .toSorted((a, b) => a.chance - b.chance)
    .slice(0, MOST_LINES)
    .map((contrast) => ({
      text: sentenceOf(contrast),
      chance: roundTo(contrast.chance, 6),
      messages: sumOf(contrast.ours).of,
      rows: contrast.rows,
    }))
}

function sentenceOf({ dimension, label, ours, others }: Contrast): string {
  const [mine, rest] = [sumOf(ours), sumOf(others)]
  const campaigns = ours.filter(({ of }) => of > 0).length
  const basis = `(${mine.of} messages in ${campaigns} campaigns)`
  const percent = (tally: Tally) => `${Math.round((100 * tally.hits) / tally.of)}%`
  if (rest.hits === 0 || mine.hits === 0) {
    return `${SUBJECT[dimension](label)} were read by ${percent(mine)}, your others by ${percent(rest)} ${basis}.`
  }
  const ratio = (mine.hits / mine.of / (rest.hits / rest.of)).toFixed(1)
  const extent =
    ratio === '1.0' ? `by ${percent(mine)}, your others by ${percent(rest)}` : `${ratio} times as often as your others`
  return `${SUBJECT[dimension](label)} were read ${extent} ${basis}.`
}

const SUBJECT: Record<EngagementDimension, (label: string) => string> = {
  content: (label) => `Messages with the text "${label}"`,
  topic: (label) => `${label} posts`,
  language: (label) => `Messages in ${label}`,
  topicAndLanguage: (label) => `${label} posts`,
  template: (label) => `Messages by the template ${label}`,
  weekday: (label) => `Messages sent on a ${label}`,
  hour: (label) => `Messages sent between ${label}`,
}
