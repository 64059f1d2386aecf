import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Verdict, VerdictInput } from '@pramaan/shared'

/** A text to judge, and everything else that its verdict is a function of. */
export interface Question {
  text: string
  input: VerdictInput
  /** With the fixes of a text that goes back, as a verdict has them. Each is tried, so they cost many judgements. */
  fixes?: boolean
}

/** What the rules of a pack say; `failed` where they threw. */
export type Sentence =
  | (Pick<Verdict, 'findings' | 'obligations' | 'outcome' | 'rendered' | 'score'> & { failed?: undefined })
  | { failed: string }

/** Threads that judge by one pack. */
export interface Judges {
  /** How many batches it pays to have on the way at once. */
  readonly width: number
  judge(questions: Question[]): Promise<Sentence[]>
  close(): Promise<void>
}

/** In the bundle the thread is a program of its own, beside this one. */
const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './judge-worker.ts' : './judge.js', import.meta.url)

/**
 * Starts threads that judge by a pack; by that of the build where it is null.
 *
 * @throws Error when the pack cannot be compiled, with the reason
 */
export async function startJudges(pack: string | null, threads = availableParallelism()): Promise<Judges> {
  const started = await Promise.allSettled(Array.from({ length: threads }, () => startJudge(pack)))
  const judges = started.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const close = async () => void (await Promise.all(judges.map(({ worker }) => worker.terminate())))
  const failed = started.find((end) => end.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  return {
    // Two for each thread, so that none waits for the next batch to be read.
    width: 2 * threads,
    judge(questions) {
      const [idlest] = judges.toSorted((a, b) => a.waiting.length - b.waiting.length)
      if (!idlest) throw new Error('there is no judge')
      return new Promise((resolve, reject) => {
        idlest.waiting.push({ resolve, reject })
        idlest.worker.postMessage(questions)
      })
    },
    close,
  }
}

interface Judge {
  worker: Worker
  /** Who waits for an answer, in the order of the questions: a thread answers them in turn. */
  waiting: { resolve(sentences: Sentence[]): void; reject(error: Error): void }[]
}

async function startJudge(pack: string | null): Promise<Judge> {
  const worker = new Worker(PROGRAM, { workerData: { pack } })
  const judge: Judge = { worker, waiting: [] }
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  worker.on('message', (sentences: Sentence[]) => judge.waiting.shift()?.resolve(sentences))
  worker.on('error', (error) => {
    for (const { reject } of judge.waiting.splice(0)) reject(error)
  })
  return judge
}
