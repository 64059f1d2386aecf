import type { CpuTimes, Watched } from './cpu.ts'

/** In a request of a plan: stands for a number that no request had before. */
export const UNIQUE = '{unique}'

/** What the load generator is told. */
export interface LoadPlan {
  port: number
  connections: number
  /** Sent in turn, whole: head and body. */
  requests: string[]
  warmUpMs: number
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
  p50Ms: number
  p95Ms: number
  /** CPU time used meanwhile, in ms. */
  cpu: CpuTimes
}
