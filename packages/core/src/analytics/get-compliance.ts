import { type ComplianceReportView, ReportInput } from '@pramaan/shared'
import type { Ctx } from '../platform/context.ts'
import { query } from '../platform/use-case.ts'
import { byPeriod, type FindingRow, readFindings, readTexts, reportOn, type TextRow } from './read-roll-ups.ts'
import { compare, roundTo, rowsOf, sum, talliesOf } from './rules/counts.ts'
import { pointsOf } from './rules/points.ts'
import { grainOf, type Head } from './rules/range.ts'

/** How risky a firm's texts were over time, which families of rules spoke most, and what improved. */
export const getCompliance = query({
  name: 'analytics.get_compliance',
  input: ReportInput,
  run: (ctx, input) => complianceOf(ctx, input),
})

export async function complianceOf(ctx: Ctx, asked: ReportInput): Promise<ComplianceReportView> {
  const { head, result } = await reportOn(ctx, asked, (queries, of) =>
    Promise.all([readTexts(queries, of), readFindings(queries, of)]),
  )
  const { now: texts, before: earlierTexts } = byPeriod(result[0], head)
  const { now: findings, before: earlierFindings } = byPeriod(result[1], head)
  const grain = grainOf(head.range)
  const clean = { now: cleanTallies(texts), before: cleanTallies(earlierTexts), rows: rowsOf('text.clean', head.range) }
  return {
    ...head,
    risk: {
      verdicts: sum(texts, (row) => row.judged),
      average: averageOf(texts),
      previousAverage: averageOf(earlierTexts),
      rows: rowsOf('text.judged', head.range),
    },
    grain,
    points: pointsOf(texts, head.range, grain).map(({ from, to, rows }) => ({
      ...{ from, to },
      verdicts: sum(rows, (row) => row.judged),
      averageScore: averageOf(rows),
      clean: sum(rows, (row) => row.clean),
      sentBack: sum(rows, (row) => row.sentBack),
      rows: rowsOf('text.judged', { from, to }),
    })),
    clean: compare({ clean }).clean,
    families: familiesOf(findings, earlierFindings, head),
    mostRepeated: mostRepeatedOf(findings, head),
  }
}

/** Of one verdict too: a score is no share of people. */
const averageOf = (rows: readonly TextRow[]): number | null => {
  const verdicts = sum(rows, (row) => row.judged)
  return verdicts === 0 ? null : roundTo(sum(rows, (row) => row.scores) / verdicts, 1)
}

const cleanTallies = (rows: readonly TextRow[]) =>
  talliesOf(rows, { id: (row) => row.contentId, hits: (row) => row.clean, of: (row) => row.judged })

const textsIn = (rows: readonly FindingRow[]) => new Set(rows.map((row) => row.contentId)).size
const verdictsIn = (rows: readonly FindingRow[]) => sum(rows, (row) => row.verdicts)

/** By family, most verdicts first. A verdict in which several rules of a family spoke counts once for each of them. */
function familiesOf(now: readonly FindingRow[], before: readonly FindingRow[], { range }: Head) {
  const families = new Set([...now, ...before].map(({ family }) => family))
  return [...families]
    .map((family) => {
      const own = now.filter((row) => row.family === family)
      return {
        ...{ family, verdicts: verdictsIn(own), texts: textsIn(own) },
        previousVerdicts: verdictsIn(before.filter((row) => row.family === family)),
        rows: rowsOf('text.found', range, { family }),
      }
    })
    .toSorted((a, b) => b.verdicts - a.verdicts || (a.family < b.family ? -1 : 1))
}

/** The rule that spoke in most verdicts, and in more than one. */
function mostRepeatedOf(rows: readonly FindingRow[], { range }: Head): ComplianceReportView['mostRepeated'] {
  const rules = [...Map.groupBy(rows, (row) => row.ruleId)].map(([ruleId, own]) => ({
    ...{ ruleId, family: own[0]?.family ?? '', verdicts: verdictsIn(own), texts: textsIn(own) },
    rows: rowsOf('text.found', range, { rule: ruleId }),
  }))
  const [first] = rules.toSorted((a, b) => b.verdicts - a.verdicts || (a.ruleId < b.ruleId ? -1 : 1))
  return first && first.verdicts > 1 ? first : null
}
