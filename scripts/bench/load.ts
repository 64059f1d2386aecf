import { connect } from 'node:net'
import { cpuTimes } from './cpu.ts'
import { type LoadPlan, type LoadResult, UNIQUE } from './load-plan.ts'

/**
 * The load generator, a process of its own: a few connections, each with one request at a time, over plain sockets.
 *
 * Not a library: on a machine of two cores the generator takes its time from the programs that it measures. A complete
 * HTTP client costs as much as the bare program; this one writes bytes that were made before and looks at nothing of an
 * answer but its status and length.
 */
const LENGTH = /\r\ncontent-length: (\d+)/i

let unique = Date.now() * 1_000

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const next = requestSource(plan.requests)
  const state = {
    sent: 0,
    measuring: false,
    over: false,
    refused: {} as Record<string, number>,
    latencies: [] as number[],
  }
  const connections = Array.from({ length: plan.connections }, () => keepAsking(plan.port, next, state))
  const failed = Promise.all(connections)
  const wait = (ms: number) => Promise.race([failed, new Promise((resume) => setTimeout(resume, ms))])
  while (state.sent < plan.warmUpRequests) await wait(20)
  const before = cpuTimes(plan.watched)
  const start = performance.now()
  state.measuring = true
  await wait(plan.measureMs)
  state.measuring = false
  const tookMs = performance.now() - start
  const after = cpuTimes(plan.watched)
  state.over = true
  await failed
  return {
    answers: state.latencies.length,
    tookMs,
    refused: state.refused,
    latenciesMs: state.latencies.map((latency) => Math.round(latency * 100) / 100),
    cpu: {
      app: after.app - before.app,
      postgres: after.postgres - before.postgres,
      redis: after.redis - before.redis,
    },
  }
}

/** Requests in turn, as bytes that are made once where they do not change. */
function requestSource(requests: string[]): () => Buffer {
  const sources = requests.map((request) => {
    if (!request.includes(UNIQUE)) {
      const bytes = Buffer.from(request)
      return () => bytes
    }
    return () => Buffer.from(request.replace(UNIQUE, String(unique++)))
  })
  let turn = 0
  return () => {
    const source = sources[turn++ % sources.length]
    if (!source) throw new Error('there is no request to send')
    return source()
  }
}

interface State {
  sent: number
  measuring: boolean
  over: boolean
  refused: Record<string, number>
  latencies: number[]
}

/** One connection: asks, waits for the whole answer, asks again. Resolves when it is over. */
function keepAsking(port: number, next: () => Buffer, state: State): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    let askedAt = 0
    let missing = 0
    let head = ''
    const ask = () => {
      if (state.over) {
        socket.end()
        return
      }
      state.sent += 1
      askedAt = performance.now()
      socket.write(next())
    }
    const answered = (status: string) => {
      if (!status.startsWith('2')) state.refused[status] = (state.refused[status] ?? 0) + 1
      else if (state.measuring) state.latencies.push(performance.now() - askedAt)
      head = ''
      ask()
    }
    socket.on('connect', ask)
    socket.on('data', (chunk: Buffer) => {
      if (missing > 0) missing -= chunk.length
      else {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const length = LENGTH.exec(head)?.[1]
        if (length === undefined) return reject(new Error(`an answer without a length:\n${head.slice(0, 300)}`))
        missing = Number(length) - (head.length - end - 4)
      }
      if (missing === 0) answered(head.slice(9, 12))
    })
    socket.on('error', reject)
    socket.on('close', () => (state.over ? resolve() : reject(new Error('the server closed a connection'))))
  })
}

process.on('message', (plan: LoadPlan) => {
  generate(plan).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ failed: error.message }),
  )
})
// Waiting for plans is all that there is to do, and the channel by itself does not keep a program alive here.
process.channel?.ref()
