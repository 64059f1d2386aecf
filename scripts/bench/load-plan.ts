import type { CpuTimes, Watched } from './cpu.ts'

/** In a request of a plan: stands for a number that no request had before. */
export const UNIQUE = '{unique}'

/** What the load generator is told. */
export interface LoadPlan {
  port: number
  connections: number
  /** Sent in turn, whole: head and body. */
  requests: string[]
  /** Sent at least, in as long a time as it takes, before anything is measured. */
  warmUpRequests: number
  measureMs: number
  watched: Watched
}

/** What it answers. */
export interface LoadResult {
  /** Answers with a status of success, in the measured time. */
  answers: number
  tookMs: number
  /** Any other answer, by status. */
  refused: Record<string, number>
  /** How long each answer took. */
  latenciesMs: number[]
  /** CPU time used meanwhile, in ms. */
  cpu: CpuTimes
}

/** Several results of one program as one. */
export const together = (results: LoadResult[]): LoadResult => ({
  answers: sum(results.map(({ answers }) => answers)),
  tookMs: sum(results.map(({ tookMs }) => tookMs)),
  refused: Object.assign({}, ...results.map(({ refused }) => refused)) as Record<string, number>,
  latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
  cpu: {
    app: sum(results.map(({ cpu }) => cpu.app)),
    postgres: sum(results.map(({ cpu }) => cpu.postgres)),
    redis: sum(results.map(({ cpu }) => cpu.redis)),
  },
})

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
