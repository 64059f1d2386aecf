/**
 * Tables of how the rule engine does on its labelled messages and examples, as `docs/compliance/quality.md`.
 *
 *   node packages/core/testing/rules/quality.ts           prints the document
 *   node packages/core/testing/rules/quality.ts --write   writes it
 *   node packages/core/testing/rules/quality.ts --check   exits 1 when the stored one differs
 *
 * The check does not weaken the rules again: the table of that run stands as long as what it was made from, by digest.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { LabelledMessage } from '@pramaan/shared'
import { RULE_SET } from '../../src/compliance/rules/index.ts'
import {
  familyTable,
  type Judged,
  judgeMessage,
  mutationTable,
  ruleTable,
  setTable,
  testRules,
} from '../../src/compliance/rules/quality.ts'
import { readSamples } from './read-samples.ts'

const DOCUMENT = 'docs/compliance/quality.md'
const WORDINGS = 'packages/core/src/compliance/rules/pack/wordings.json'

type JudgedSample = Judged & LabelledMessage

const judged = (samples: readonly LabelledMessage[]): JudgedSample[] => samples.map(judgeMessage)

const read = (): [string, JudgedSample[]][] => {
  const frames = readSamples('frames')
  return [
    ['development (builder)', judged(readSamples('samples-dev'))],
    ['tune (other author)', judged(readSamples('samples-tune'))],
    ...[...new Set(frames.map(({ set }) => set ?? ''))].map((set): [string, JudgedSample[]] => [
      `frames, ${set} set`,
      judged(frames.filter((sample) => sample.set === set)),
    ]),
    ['blind, half to learn from', judged(readSamples('blind-dev'))],
    ['blind, half held back', judged(readSamples('blind-held'))],
    ['second blind, half to learn from', judged(readSamples('second-dev'))],
    ['second blind, half held back', judged(readSamples('second-held'))],
    ['third blind', judged(readSamples('third'))],
    ['fourth blind', judged(readSamples('fourth'))],
    ['another author, held back', judged(readSamples('other-held'))],
  ]
}

/** What the run over weakened rules rests on. */
const mutationDigest = (): string =>
  createHash('sha256').update(RULE_SET.digest).update(readFileSync(WORDINGS)).digest('hex')

const MARK = 'Run over '

const mutationPart = (stored: string): string[] => {
  const line = `${MARK}${mutationDigest()} (rule pack and wordings).`
  const at = stored.indexOf(line)
  if (process.argv.includes('--check') && at >= 0) return stored.slice(at).trimEnd().split('\n')
  return [line, '', ...mutationTable(testRules())]
}

const documentOf = (stored: string): string => {
  const sets = read()
  const all = sets.flatMap(([, list]) => list)
  const languages = [...new Set(all.map(({ language }) => language))].sort()
  return [
    '# How good the rule engine is',
    '',
    `Made by \`node packages/core/testing/rules/quality.ts --write\`; pack ${RULE_SET.version}. All of these messages but the halves that are held back`,
    'were read while the pack was made, so the tables show that nothing got worse, not how the engine does on texts that it',
    'never saw. For that see [the first runs](quality-first-runs.md).',
    '',
    '## Sets',
    '',
    ...setTable(sets),
    '',
    '## Languages, all sets',
    '',
    ...setTable(languages.map((language) => [language, all.filter((sample) => sample.language === language)])),
    '',
    '## Families, all sets',
    '',
    'Precision counts a family as wrong where the message is labelled clean or bars it.',
    '',
    ...familyTable(all),
    '',
    '## Rules, all sets',
    '',
    'Labels name a rule only where it is certain, so recall rests on few messages.',
    '',
    ...ruleTable(all),
    '',
    '## Weakened rules',
    '',
    'Each pattern, exception, detector and silencing context of each rule is taken away in turn; an example of the rule',
    'should notice. Parts that none notices say the same as another part for every text that was tried.',
    '',
    ...mutationPart(stored),
    '',
  ].join('\n')
}

const stored = readFileSync(DOCUMENT, 'utf8')
const made = documentOf(stored)
if (process.argv.includes('--write')) writeFileSync(DOCUMENT, made)
else if (process.argv.includes('--check')) {
  if (stored !== made) {
    process.stderr.write(`${DOCUMENT} is stale: run node packages/core/testing/rules/quality.ts --write\n`)
    process.exitCode = 1
  }
} else process.stdout.write(made)
