import {
  familyTable,
  type Judged,
  judgeMessage,
  mutationTable,
  type RuleTest,
  ruleTable,
  setTable,
  testRules,
} from '@pramaan/core/compliance/rules/quality'
import { LabelledMessage } from '@pramaan/shared'
import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** The labelled messages of the repository, from its root. */
const SAMPLES = 'samples-dev samples-tune frames blind-dev blind-held second-dev second-held third fourth'
  .split(' ')
  .map((name) => `packages/core/src/compliance/rules/fixtures/${name}.jsonl`)

interface TestOptions {
  samples?: string[]
  survivors?: boolean
  json?: boolean
}

/** The messages of a file of JSON lines, judged. Throws with the number of the line that is no labelled message. */
const judgeLines = (path: string, content: string): Judged[] =>
  content
    .trim()
    .split('\n')
    .map((line, index) => {
      try {
        return judgeMessage(LabelledMessage.parse(JSON.parse(line)))
      } catch {
        throw new Error(`line ${index + 1} of ${path} is no labelled message`)
      }
    })

const describe = (sets: readonly (readonly [string, Judged[]])[], tests: readonly RuleTest[], all: boolean): string => {
  const judged = sets.flatMap(([, list]) => list)
  const survivors = tests.flatMap(({ ruleId, survivors }) => survivors.map((part) => `- ${ruleId}: ${part}`))
  const failed = tests.flatMap(({ ruleId, failed }) => failed.map((text) => `- ${ruleId}: ${text}`))
  return [
    ...setTable(sets),
    '',
    ...familyTable(judged),
    '',
    ...ruleTable(judged),
    '',
    ...mutationTable(tests),
    ...(failed.length === 0 ? [] : ['', 'Examples that their rule gets wrong:', ...failed]),
    ...(all ? ['', 'Parts that no example would miss:', ...survivors] : []),
    '',
  ].join('\n')
}

/**
 * Adds `pramaan rules test`: precision and recall on labelled messages, and each rule weakened in turn against its own
 * examples. `onFailure` hears that a rule gets one of its examples wrong.
 */
export const addRulesTest = (rules: Command, terminal: Terminal, onFailure: () => void): void => {
  rules
    .command('test')
    .description('Measure the rules on labelled messages and on their own examples. Exit: 1 when an example is wrong.')
    .option(
      '--samples <files...>',
      'files of labelled messages, one JSON object a line (default: those of the repository)',
    )
    .option('--survivors', 'name the parts of the rules that no example would miss')
    .option('--json', 'print messages with verdicts and tests as JSON')
    .action(async (options: TestOptions, command: Command) => {
      const sets: [string, Judged[]][] = []
      for (const path of options.samples ?? SAMPLES) {
        try {
          sets.push([path.replace(/^.*\//, ''), judgeLines(path, await terminal.readFile(path))])
        } catch (err) {
          command.error(`error: ${err instanceof Error ? err.message : String(err)}; name files with --samples`)
          return
        }
      }
      const tests = testRules()
      terminal.write(
        options.json === true
          ? `${JSON.stringify({ sets: Object.fromEntries(sets), tests }, null, 2)}\n`
          : describe(sets, tests, options.survivors === true),
      )
      if (tests.some(({ failed }) => failed.length > 0)) onFailure()
    })
}
