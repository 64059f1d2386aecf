/**
 * How well the churn model foretells simulated firms, as `docs/analytics/churn.md`, and the weights that ship.
 *
 *   node packages/core/testing/churn/back-test.ts           prints the document
 *   node packages/core/testing/churn/back-test.ts --write   writes it, and the weights (format them afterwards)
 *   node packages/core/testing/churn/back-test.ts --check   exits 1 when the stored ones differ
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { FEATURE_NAMES, HORIZON_WEEKS, valuesOf } from '../../src/analytics/rules/churn-features.ts'
import { type ChurnExample, fitChurn, fitUncalibrated, forecastsOf } from '../../src/analytics/rules/churn-model.ts'
import {
  aucOf,
  brierOf,
  type Forecast,
  logLossOf,
  type ReliabilityBin,
  reliabilityOf,
} from '../../src/analytics/rules/forecast-quality.ts'
import { fitLogistic, type Logistic, probabilityOf } from '../../src/analytics/rules/logistic.ts'
import { GUESS, simulate, type World } from './simulate.ts'

const DOCUMENT = 'docs/analytics/churn.md'
const WEIGHTS = 'packages/core/src/analytics/rules/churn-default.json'
const MARK = '<!-- Below: written by packages/core/testing/churn/back-test.ts -->'

/** Populations that judge. */
const OTHER_SEEDS = [2, 3, 4, 5]

/** Six digits: enough for a weight, and the same on every machine. */
const rounded = (model: Logistic): Logistic => {
  const six = (number: number) => Number(number.toPrecision(6))
  const { intercept, weights, means, scales } = model
  return { intercept: six(intercept), weights: weights.map(six), means: means.map(six), scales: scales.map(six) }
}

/** Who has not been here for long is at risk, calibrated like the model: what one would do without it. */
function byRecency(train: readonly ChurnExample[], test: readonly ChurnExample[]): Forecast[] {
  const gap = FEATURE_NAMES.indexOf('sign_in_gap')
  const gapOf = ({ observation }: ChurnExample) => [valuesOf(observation)[gap] ?? 0]
  const model = fitLogistic(
    train.map((example) => ({ values: gapOf(example), happened: example.churned })),
    1,
  )
  return test.map((example) => ({ probability: probabilityOf(model, gapOf(example)), happened: example.churned }))
}

/** The share of all that left among the tenth with the highest forecasts. */
function foundInTopTenth(forecasts: readonly Forecast[]): number {
  const top = forecasts.toSorted((a, b) => b.probability - a.probability).slice(0, Math.floor(forecasts.length / 10))
  return top.filter(({ happened }) => happened).length / forecasts.filter(({ happened }) => happened).length
}

/** Five digits, as little is gained where six in a hundred leave. */
const five = (number: number) => number.toFixed(5)
const three = (number: number | null) => (number === null ? '' : number.toFixed(3))
const percent = (share: number, digits = 1) => `${(share * 100).toFixed(digits)}%`
const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`

const qualityRow = (name: string, forecasts: readonly Forecast[]) =>
  row(
    name,
    three(aucOf(forecasts)),
    five(brierOf(forecasts)),
    five(logLossOf(forecasts)),
    percent(foundInTopTenth(forecasts)),
  )

const always = (train: readonly ChurnExample[], test: readonly ChurnExample[]): Forecast[] => {
  const share = train.filter(({ churned }) => churned).length / train.length
  return test.map(({ churned }) => ({ probability: share, happened: churned }))
}

const OTHERS: [string, Partial<World>][] = [
  ['firms leave half as often', { leaving: -6.2 }],
  ['being content matters less than half as much', { content: 0.8 }],
  ['what firms do says nothing of how content they are', { visible: 0 }],
]

function tables(): { model: Logistic; text: string } {
  const train = simulate(GUESS)
  const test = OTHER_SEEDS.flatMap((seed) => simulate({ ...GUESS, seed }))
  const model = rounded(fitChurn(train))
  const uncalibrated = forecastsOf(fitUncalibrated(train), test)
  const forecasts = forecastsOf(model, test)
  const left = test.filter(({ churned }) => churned).length
  const lines = [
    MARK,
    '',
    `Learnt from ${train.length} firm-weeks of one simulated population, judged on ${test.length} of ${OTHER_SEEDS.length} others (other seeds), of which ${percent(left / test.length)} were gone ${HORIZON_WEEKS} weeks later.`,
    '',
    row('forecast', 'AUC', 'Brier', 'log loss', 'found in the top tenth'),
    row('---', '---:', '---:', '---:', '---:'),
    qualityRow('the model', forecasts),
    qualityRow('the same, not calibrated', uncalibrated),
    qualityRow('days since the last sign-in', byRecency(train, test)),
    row(
      'the same for all',
      three(aucOf(always(train, test))),
      five(brierOf(always(train, test))),
      five(logLossOf(always(train, test))),
      '',
    ),
    '',
    'Whether a probability means what it says, before and after it was calibrated:',
    '',
    row('forecast', 'firm-weeks before', 'said', 'came about', 'firm-weeks after', 'said', 'came about'),
    row('---', '---:', '---:', '---:', '---:', '---:', '---:'),
    ...calibrationRows(reliabilityOf(uncalibrated), reliabilityOf(forecasts)),
    '',
    'The shipped weights in worlds that are not as we guess, beside weights learnt there:',
    '',
    row('world', 'gone', 'AUC, shipped', 'AUC, learnt', 'Brier, shipped', 'Brier, learnt'),
    row('---', '---:', '---:', '---:', '---:', '---:'),
    ...OTHERS.map(([name, difference]) => otherWorld(name, difference, model)),
    '',
    'The weights, in log-odds for one standard deviation of each feature:',
    '',
    row('feature', 'weight', 'mean', 'deviation'),
    row('---', '---:', '---:', '---:'),
    ...FEATURE_NAMES.map((name, index) =>
      row(
        `\`${name}\``,
        three(model.weights[index] ?? null),
        three(model.means[index] ?? null),
        three(model.scales[index] ?? null),
      ),
    ),
    row('(an average firm)', three(model.intercept), '', ''),
  ]
  return { model, text: `${lines.join('\n')}\n` }
}

function calibrationRows(before: readonly ReliabilityBin[], after: readonly ReliabilityBin[]): string[] {
  const cells = (bin: ReliabilityBin | undefined) =>
    bin ? [bin.count, percent(bin.said), percent(bin.happened)] : ['', '', '']
  return before.map((bin) =>
    row(
      `${percent(bin.from, 0)} to ${percent(bin.to, 0)}`,
      ...cells(bin),
      ...cells(after.find(({ from }) => from === bin.from)),
    ),
  )
}

function otherWorld(name: string, difference: Partial<World>, shipped: Logistic): string {
  const there = { ...GUESS, firms: GUESS.firms / 2, ...difference }
  const learnt = fitChurn(simulate({ ...there, seed: 3 }))
  const test = simulate({ ...there, seed: 4 })
  const [by, own] = [forecastsOf(shipped, test), forecastsOf(learnt, test)]
  const gone = test.filter(({ churned }) => churned).length / test.length
  return row(name, percent(gone), three(aucOf(by)), three(aucOf(own)), three(brierOf(by)), three(brierOf(own)))
}

const stored = readFileSync(DOCUMENT, 'utf8')
const { model, text } = tables()
const document = stored.slice(0, stored.indexOf(MARK)) + text
const mode = process.argv[2]
if (mode === '--write') {
  writeFileSync(DOCUMENT, document)
  writeFileSync(WEIGHTS, JSON.stringify(model))
} else if (mode === '--check') {
  const same = stored === document && isDeepStrictEqual(JSON.parse(readFileSync(WEIGHTS, 'utf8')), model)
  if (!same) process.stderr.write('the tables or weights of the churn model are out of date: run it with --write\n')
  process.exitCode = same ? 0 : 1
} else {
  process.stdout.write(text)
}
