/**
 * Tables of how the rule engine does on its labelled messages, as `docs/compliance/quality.md`.
 *
 *   node packages/core/testing/rules/quality.ts           prints the document
 *   node packages/core/testing/rules/quality.ts --write   writes it
 *   node packages/core/testing/rules/quality.ts --check   exits 1 when the stored one differs
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Audience, Channel, Language, LicenceType, Verdict } from '@pramaan/shared'
import { familiesOf, judge } from '../../src/compliance/rules/fixtures/judge.ts'
import { RULE_SET } from '../../src/compliance/rules/index.ts'

interface Line {
  set?: string
  language: Language
  licence: LicenceType
  channel: Channel
  audience: string
  publicationDate: string
  text: string
  expect: { outcome: string; families: string[]; mustNot: string[] }
}
interface Judged {
  line: Line
  verdict: Verdict
  families: string[]
}

const FIXTURES = 'packages/core/src/compliance/rules/fixtures/'
const DOCUMENT = 'docs/compliance/quality.md'
const NOTES = 'docs/compliance/quality-first-runs.md'

const read = (file: string): Line[] =>
  readFileSync(`${FIXTURES}${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const judged = (line: Line): Judged => {
  const audience: Audience =
    line.audience === 'one_to_one' ? 'client' : line.audience === 'clients' ? 'clients' : 'public'
  const { licence, channel, language, publicationDate } = line
  const verdict = judge(line.text, { licences: [licence], channel, audience, language, publicationDate })
  return { line, verdict, families: familiesOf(verdict) }
}

const share = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`)

const rowOf = (name: string, all: Judged[]): string => {
  const clean = all.filter(({ line }) => line.expect.outcome === 'clean')
  const wrong = all.filter(({ line }) => line.expect.outcome !== 'clean')
  const unsafe = wrong.filter(({ verdict }) => verdict.outcome === 'clean')
  const wanted = wrong.flatMap(({ line, families }) => line.expect.families.map((family) => families.includes(family)))
  const agree = all.filter(({ line, verdict }) => line.expect.outcome === verdict.outcome)
  const mustNot = all.filter(({ line, families }) => line.expect.mustNot.some((family) => families.includes(family)))
  return `| ${[
    name,
    all.length,
    share(unsafe.length, wrong.length),
    share(wanted.filter(Boolean).length, wanted.length),
    share(clean.filter(({ verdict }) => verdict.findings.length > 0).length, clean.length),
    share(clean.filter(({ verdict }) => verdict.outcome !== 'clean').length, clean.length),
    share(mustNot.length, all.length),
    share(agree.length, all.length),
  ].join(' | ')} |`
}

const HEAD = [
  '| Set | Messages | Unsafe `clean` | Family recall | False findings on clean | Clean not `clean` | mustNot | Outcome |',
  '|---|---|---|---|---|---|---|---|',
]

/** Precision counts a family as wrong where the message is labelled clean or bars it; extra families are allowed. */
const familyRows = (all: Judged[]): string[] => {
  const names = [...new Set(all.flatMap(({ line }) => line.expect.families))].sort()
  return names.map((family) => {
    const labelled = all.filter(({ line }) => line.expect.families.includes(family))
    const right = labelled.filter(({ families }) => families.includes(family))
    const false_ = all.filter(
      ({ line, families }) =>
        families.includes(family) && (line.expect.outcome === 'clean' || line.expect.mustNot.includes(family)),
    )
    const precision = share(right.length, right.length + false_.length)
    return `| ${family} | ${labelled.length} | ${share(right.length, labelled.length)} | ${precision} |`
  })
}

const document = (): string => {
  const sets: [string, Judged[]][] = [
    ['development (builder)', read('samples-dev.jsonl').map(judged)],
    ['tune (other author)', read('samples-tune.jsonl').map(judged)],
    ...[...new Set(read('frames.jsonl').map((line) => line.set ?? ''))].map((set): [string, Judged[]] => [
      `frames, ${set} set`,
      read('frames.jsonl')
        .filter((line) => line.set === set)
        .map(judged),
    ]),
  ]
  const all = sets.flatMap(([, list]) => list)
  const languages = [...new Set(all.map(({ line }) => line.language))].sort()
  return [
    '# How good the rule engine is',
    '',
    `Made by \`node packages/core/testing/rules/quality.ts --write\`; pack ${RULE_SET.version}. All of these messages were read while the pack was made, so`,
    'the tables show that nothing got worse, not how the engine does on texts that it never saw. For that see',
    '[the first runs](quality-first-runs.md).',
    '',
    '## Sets',
    '',
    ...HEAD,
    ...sets.map(([name, list]) => rowOf(name, list)),
    '',
    '## Languages, all sets',
    '',
    ...HEAD,
    ...languages.map((language) =>
      rowOf(
        language,
        all.filter(({ line }) => line.language === language),
      ),
    ),
    '',
    '## Families, all sets',
    '',
    '| Family | Labelled | Recall | Precision |',
    '|---|---|---|---|',
    ...familyRows(all),
    '',
  ].join('\n')
}

const made = document()
if (process.argv.includes('--write')) writeFileSync(DOCUMENT, made)
else if (process.argv.includes('--check')) {
  if (readFileSync(DOCUMENT, 'utf8') !== made) {
    process.stderr.write(
      `${DOCUMENT} is stale: run node packages/core/testing/rules/quality.ts --write, and see ${NOTES}\n`,
    )
    process.exitCode = 1
  }
} else process.stdout.write(made)
