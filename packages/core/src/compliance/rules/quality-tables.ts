import { type Accuracy, type Judged, measure, measureFamilies, measureRules, type Share } from './measure.ts'
import type { RuleTest } from './self-test.ts'

const percent = (value: Share): string => (value === null ? '-' : `${(100 * value).toFixed(1)} %`)

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
]

/** One line for each set of messages, in the Markdown of `docs/compliance/quality.md`. */
export const setTable = (sets: readonly (readonly [string, readonly Judged[]])[]): string[] =>
  table(
    [
      'Set',
      'Messages',
      'Unsafe `clean`',
      'Family recall',
      'False findings on clean',
      'Clean not `clean`',
      'mustNot',
      'Outcome',
    ],
    sets.map(([name, judged]) => {
      const is = measure(judged)
      const shares = [is.unsafe, is.recall, is.falseFindings, is.sentToPerson, is.barred, is.agree]
      return [name, is.messages, ...shares.map(percent)]
    }),
  )

const accuracyTable = (kind: string, list: readonly Accuracy[]): string[] =>
  table(
    [kind, 'Labelled', 'Recall', 'Found', 'Precision'],
    list.map(({ name, labelled, recall, found, precision }) => [
      name,
      labelled,
      percent(recall),
      found,
      percent(precision),
    ]),
  )

export const familyTable = (judged: readonly Judged[]): string[] => accuracyTable('Family', measureFamilies(judged))

export const ruleTable = (judged: readonly Judged[]): string[] => accuracyTable('Rule', measureRules(judged))

/** The part of the weakened rules that an example notices. */
const scoreOf = (tests: readonly RuleTest[]): Share => {
  const mutants = tests.reduce((sum, test) => sum + test.mutants, 0)
  const survivors = tests.reduce((sum, test) => sum + test.survivors.length, 0)
  return mutants === 0 ? null : (mutants - survivors) / mutants
}

export const mutationTable = (tests: readonly RuleTest[]): string[] =>
  table(
    ['Rule', 'Examples', 'Wrong', 'Weakened', 'Noticed'],
    [
      ...tests.map((test) => [test.ruleId, test.examples, test.failed.length, test.mutants, percent(scoreOf([test]))]),
      [
        '**all**',
        tests.reduce((sum, test) => sum + test.examples, 0),
        tests.reduce((sum, test) => sum + test.failed.length, 0),
        tests.reduce((sum, test) => sum + test.mutants, 0),
        percent(scoreOf(tests)),
      ],
    ],
  )
