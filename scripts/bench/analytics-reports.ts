import type pg from 'pg'
import { quantile } from './check.ts'
import { type CpuTimes, cpuTimes, type Watched } from './cpu.ts'

/** Requests to one path of the API. */
export interface Asking {
  title: string
  path: string
  tokens: readonly string[]
  /** How many requests are under way at a time, how many are measured, and how many go before. */
  connections: number
  requests: number
  warmUp: number
}

/** The median, the 95th percentile and the longest of some times. */
export function spread(values: readonly number[], unit: string, digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [median, p95, most] = [quantile(sorted, 0.5), quantile(sorted, 0.95), sorted.at(-1) ?? 0].map((value) =>
    value.toFixed(digits),
  )
  return `median ${median}, p95 ${p95}, longest ${most} ${unit}`
}

/** Sends the requests, and says how long the answers took and what each cost. The limit of requests is not what is measured. */
export async function ask(
  asking: Asking,
  { admin, port, watched }: { admin: pg.Client; port: number; watched: Watched },
): Promise<string> {
  await admin.query('truncate rate_windows')
  const used = cpuTimes(watched)
  const { times, refused } = await send(asking, port)
  const now = cpuTimes(watched)
  const each = (program: keyof CpuTimes) =>
    ((now[program] - used[program]) / (asking.warmUp + asking.requests)).toFixed(1)
  const cost = `CPU ${each('app')} + ${each('postgres')} ms (API + PostgreSQL)`
  return `${asking.title}: ${spread(times, 'ms', 1)}; ${cost}; ${refused} refused`
}

async function send(
  { path, tokens, connections, requests, warmUp }: Asking,
  port: number,
): Promise<{ times: number[]; refused: number }> {
  const times: number[] = []
  let refused = 0
  let next = 0
  const worker = async () => {
    while (next < warmUp + requests) {
      const index = next++
      const authorization = `Bearer ${tokens[index % tokens.length]}`
      const began = performance.now()
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } })
      const body = await answer.text()
      // On a busy machine a request may hear 503: it is told apart, and its time is no answer's.
      if (answer.status === 503) refused++
      else if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${body}`)
      else if (index >= warmUp) times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return { times, refused }
}
