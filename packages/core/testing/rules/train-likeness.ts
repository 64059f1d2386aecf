/**
 * Learns `pack/likeness.json` from labelled messages: a softmax regression over the concepts of the lexicon, written
 * with whole numbers. It draws no random number, so the same inputs give the same bytes
 * (format the file with biome afterwards).
 *
 *   node packages/core/testing/rules/train-likeness.ts                      all fixtures, into the pack
 *   node packages/core/testing/rules/train-likeness.ts --without samples-tune,fifth  leaves sets out, to see how it does on texts that it never saw
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { readText } from '../../src/compliance/rules/compiled.ts'
import { RULE_SET } from '../../src/compliance/rules/index.ts'
import { FORM_FEATURES, POLAR_FEATURES, passagesOf, wordFeature } from '../../src/compliance/rules/likeness.ts'
import { CONCEPTS } from '../../src/compliance/rules/rule-set.ts'
import { LEARNING_FILES } from './read-samples.ts'

interface Labelled {
  text: string
  outcome: string
  families: string[]
  weight: number
}
interface Row {
  features: number[]
  value: number
  target: number
  weight: number
}

const NUMBER_CLASSES = ['<num>', '<pct>', '<money>', '<time>', '<times>', '<level>', '<clock>']
const MIN_TEXTS = Number(process.argv.find((one) => one.startsWith('--texts='))?.slice(8) ?? '4')
const NAMES: string[] = [
  ...Object.keys(CONCEPTS).map((name) => `@${name}`),
  ...NUMBER_CLASSES,
  ...FORM_FEATURES,
  ...POLAR_FEATURES,
]
const LICENCES: Record<string, string[]> = {
  mfd_adviser_wording: ['MFD', 'INS'],
  insurance_mislead: ['INS'],
  testimonial: ['IA', 'RA', 'MFD'],
  celebrity: ['IA', 'RA', 'MFD'],
  price_data: ['MFD', 'INS'],
  free_trial: ['IA', 'RA'],
  illustration: ['MFD', 'IA'],
  past_performance: ['IA', 'RA', 'MFD'],
}
const HINT_WEIGHT = 0.3
const MAX_PASSAGES = 12
const SCALE = 100
const SMALLEST = 12
const STEPS = 260
const RATE = 0.15
const PENALTY = Number(process.argv.find((one) => one.startsWith('--penalty='))?.slice(10) ?? '0.00004')
const ROUTE = Number(process.argv.find((one) => one.startsWith('--route='))?.slice(8) ?? '-80')
const LONGER = 120
const NAME = Number(process.argv.find((one) => one.startsWith('--name='))?.slice(7) ?? '60')

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

interface Line {
  set?: string
  text: string
  expect: { outcome: string; families: string[] }
}

/** The lines of a fixture, without the sets that are to be left out; a file without sets is named by itself. */
const fromFile = (file: string, leftOut: string[]): Labelled[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ set }) => !leftOut.includes(set ?? /([\w-]+)\.jsonl$/.exec(file)?.[1] ?? ''))
    .map(({ text, expect }) => ({ text, outcome: expect.outcome, families: expect.families, weight: 1 }))

/** The hints and traps of the rules are labelled texts too, though short and alike. */
const fromRules = (): Labelled[] =>
  RULE_SET.rules
    .filter((rule) => rule.examples.mode === 'phrase' && rule.status === 'active')
    .flatMap((rule) => [
      ...Object.values(rule.examples.fire)
        .flat()
        .map((text) => ({ text, outcome: 'changes_required', families: [rule.family], weight: HINT_WEIGHT })),
      ...rule.examples.quiet.map((text) => ({
        text: text.replace(/\s*\([^()]*\)\s*$/, ''),
        outcome: 'clean',
        families: [],
        weight: 1,
      })),
    ])

/** Words of at least `MIN_TEXTS` texts; rarer ones would be learned by heart. */
const commonWords = (labelled: Labelled[]): string[] => {
  const counts = new Map<string, number>()
  for (const { text } of labelled)
    for (const word of new Set(readText(text).tokens.map(wordFeature)))
      if (word !== null) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].flatMap(([word, count]) => (count >= MIN_TEXTS ? [word] : [])).sort()
}

const rowsOf = (labelled: Labelled[], classes: string[]): Row[] =>
  labelled.flatMap(({ text, outcome, families, weight }) => {
    const passages = passagesOf(readText(text), new Set(NAMES)).slice(0, MAX_PASSAGES)
    if (outcome !== 'clean' && passages.length > 1) return []
    const targets = outcome === 'clean' ? ['clean'] : families.length === 0 ? ['other'] : families
    const share = outcome === 'clean' && passages.length > 1 ? 2 / passages.length : 1 / targets.length
    return passages.flatMap(({ concepts }) => {
      const features = [...concepts].map((name) => NUMBERS.get(name) ?? 0)
      const value = 1 / Math.sqrt(Math.max(features.length, 1))
      return targets.map((target) => ({ features, value, target: classes.indexOf(target), weight: weight * share }))
    })
  })

/** Harmless and other texts weigh the same in sum. */
const balance = (rows: Row[]): void => {
  const sum = (part: Row[]) => part.reduce((total, row) => total + row.weight, 0)
  const clean = rows.filter((row) => row.target === 0)
  const rest = rows.filter((row) => row.target !== 0)
  const half = sum(rows) / 2
  const [cleanFactor, restFactor] = [half / sum(clean), half / sum(rest)]
  for (const row of clean) row.weight *= cleanFactor
  for (const row of rest) row.weight *= restFactor
}

const softmax = (row: Row, weights: Float64Array, count: number): Float64Array => {
  const scores = new Float64Array(count)
  const bias = NAMES.length * count
  for (let number = 0; number < count; number++) scores[number] = weights[bias + number] ?? 0
  for (const feature of row.features)
    for (let number = 0; number < count; number++)
      scores[number] = (scores[number] ?? 0) + (weights[feature * count + number] ?? 0) * row.value
  const highest = Math.max(...scores)
  let total = 0
  for (let number = 0; number < count; number++) total += scores[number] = Math.exp((scores[number] ?? 0) - highest)
  return scores.map((score) => score / total)
}

/** Gradient of the loss over all rows. */
const gradientOf = (rows: Row[], weights: Float64Array, count: number): Float64Array => {
  const gradient = new Float64Array(weights.length)
  const bias = NAMES.length * count
  for (const row of rows) {
    const chance = softmax(row, weights, count)
    for (let number = 0; number < count; number++) {
      const error = (((chance[number] ?? 0) - (number === row.target ? 1 : 0)) * row.weight) / rows.length
      gradient[bias + number] = (gradient[bias + number] ?? 0) + error
      for (const feature of row.features)
        gradient[feature * count + number] = (gradient[feature * count + number] ?? 0) + error * row.value
    }
  }
  for (let at = 0; at < bias; at++) gradient[at] = (gradient[at] ?? 0) + PENALTY * (weights[at] ?? 0)
  return gradient
}

/** Adam, with the usual constants. */
const learn = (rows: Row[], count: number): Float64Array => {
  const weights = new Float64Array((NAMES.length + 1) * count)
  const first = new Float64Array(weights.length)
  const second = new Float64Array(weights.length)
  for (let step = 1; step <= STEPS; step++) {
    const gradient = gradientOf(rows, weights, count)
    for (let at = 0; at < weights.length; at++) {
      const slope = gradient[at] ?? 0
      first[at] = 0.9 * (first[at] ?? 0) + 0.1 * slope
      second[at] = 0.999 * (second[at] ?? 0) + 0.001 * slope * slope
      const mean = (first[at] ?? 0) / (1 - 0.9 ** step)
      const spread = Math.sqrt((second[at] ?? 0) / (1 - 0.999 ** step))
      weights[at] = (weights[at] ?? 0) - (RATE * mean) / (spread + 1e-8)
    }
  }
  return weights
}

const FIXTURES = 'packages/core/src/compliance/rules/fixtures/'
const without = option('--without')?.split(',') ?? []
const labelled = [...LEARNING_FILES.flatMap((file) => fromFile(`${FIXTURES}${file}.jsonl`, without)), ...fromRules()]
const classes = ['clean', ...[...new Set(labelled.flatMap(({ families }) => families))].sort(), 'other']
NAMES.push(...commonWords(labelled))
const NUMBERS = new Map(NAMES.map((name, number) => [name, number]))
const rows = rowsOf(labelled, classes)
balance(rows)
const weights = learn(rows, classes.length)
const whole = (at: number) => Math.round((weights[at] ?? 0) * SCALE)
const table = Object.fromEntries(
  NAMES.map((name, feature): [string, number[]] => [
    name,
    classes.flatMap((_, number) => {
      const weight = whole(feature * classes.length + number)
      return Math.abs(weight) < SMALLEST ? [] : [number, weight]
    }),
  ]).filter(([, list]) => list.length > 0),
)
const pack = {
  classes,
  bias: classes.map((_, number) => whole(NAMES.length * classes.length + number)),
  licences: LICENCES,
  route: ROUTE,
  name: NAME,
  longer: LONGER,
}
const lines = Object.entries(table).map(([name, list]) => `    ${JSON.stringify(name)}: ${JSON.stringify(list)}`)
const head = JSON.stringify(pack, null, 2).slice(0, -2)
const out = option('--out') ?? 'packages/core/src/compliance/rules/pack/likeness.json'
writeFileSync(out, `${head},\n  "weights": {\n${lines.join(',\n')}\n  }\n}\n`)
process.stdout.write(`${rows.length} passages of ${labelled.length} texts, ${lines.length} concepts -> ${out}\n`)
