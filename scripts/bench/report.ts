import type { LoadResult } from './load-plan.ts'
import type { Operation } from './operations.ts'

/** One round of one operation: both programs, one after the other. */
export interface Round {
  ours: LoadResult
  bare: LoadResult
}

export const rateOf = ({ answers, tookMs }: LoadResult) => (answers / tookMs) * 1_000

/** CPU time of a request, in microseconds. */
const costOf = (result: LoadResult, part: keyof LoadResult['cpu']) =>
  result.answers === 0 ? 0 : (result.cpu[part] * 1_000) / result.answers

const totalCost = (result: LoadResult) => costOf(result, 'app') + costOf(result, 'postgres') + costOf(result, 'redis')

function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

function quantile({ latenciesMs }: LoadResult, share: number): number {
  const sorted = Float64Array.from(latenciesMs).sort()
  return sorted[Math.floor(sorted.length * share)] ?? 0
}

const count = (value: number) => Math.round(value).toLocaleString('en')
const spread = (values: number[]) =>
  `${count(median(values))} (${count(Math.min(...values))}-${count(Math.max(...values))})`

/** The share of the bare program's rate, round by round: what disturbs the machine disturbs both. */
const ratios = (rounds: Round[]) => rounds.map(({ ours, bare }) => rateOf(ours) / rateOf(bare))

const COLUMNS = [
  'operation',
  'program',
  'requests/s (spread)',
  'p50 ms',
  'p95 ms',
  'CPU us: app',
  'pg',
  'redis',
  'of bare',
]
const WIDTHS = [34, 7, 24, 7, 7, 12, 6, 6, 7, 30]

const line = (cells: string[]) =>
  cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join(' ')
    .trimEnd()

/** The table for one number of connections. */
export function table(connections: number, measured: Map<Operation, Round[]>): string {
  const lines = [`${connections} connections`, line(COLUMNS), line(WIDTHS.map((width) => '-'.repeat(width)))]
  for (const [operation, rounds] of measured) {
    for (const program of ['ours', 'bare'] as const) {
      const results = rounds.map((round) => round[program])
      const cost = (part: 'app' | 'postgres' | 'redis') => count(median(results.map((one) => costOf(one, part))))
      lines.push(
        line([
          program === 'ours' ? operation.title : '',
          program,
          spread(results.map(rateOf)),
          median(results.map((one) => quantile(one, 0.5))).toFixed(1),
          median(results.map((one) => quantile(one, 0.95))).toFixed(1),
          cost('app'),
          cost('postgres'),
          cost('redis'),
          program === 'ours' ? costShare(rounds) : '',
          program === 'ours' ? judged(operation, ratios(rounds)) : '',
        ]),
      )
    }
  }
  const deep = depthLine(measured)
  return [...lines, ...(deep === null ? [] : [deep])].join('\n')
}

/** All CPU time of a request of ours in that of a bare one; other work on the machine hardly disturbs it. */
const costShare = (rounds: Round[]) =>
  median(rounds.map(({ ours, bare }) => totalCost(ours) / totalCost(bare))).toFixed(2)

function judged({ must, aim }: Operation, shares: number[]): string {
  const share = median(shares)
  const range = `${Math.min(...shares).toFixed(2)}-${Math.max(...shares).toFixed(2)}`
  const verdict = share >= aim ? `aim ${aim} met` : share >= must ? `must ${must} met` : `BELOW ${must}`
  return `${share.toFixed(2)} (${range}) ${verdict}`
}

/** A deep page beside the first one of the same firm. */
function depthLine(measured: Map<Operation, Round[]>): string | null {
  const rounds = new Map([...measured].map(([operation, of]) => [operation.name, of]))
  const [first, deep] = [rounds.get('first'), rounds.get('deep')]
  if (!first || !deep) return null
  const rate = median(deep.map(({ ours }) => rateOf(ours))) / median(first.map(({ ours }) => rateOf(ours)))
  const cost = median(deep.map(({ ours }) => totalCost(ours))) / median(first.map(({ ours }) => totalCost(ours)))
  const verdict = rate >= 0.8 ? 'met' : 'NOT met'
  return `ours, the deep page beside the first: ${rate.toFixed(2)} of its rate, ${cost.toFixed(2)} of its CPU time (must 0.8: ${verdict})`
}
