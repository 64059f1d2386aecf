import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { FirmRule, Outcome, Verdict, VerdictInput } from '@pramaan/shared'
import type { Judging } from './rules/index.ts'

/** A text to judge, and everything else that its verdict is a function of. */
export interface Question {
  text: string
  input: VerdictInput
  /** With the fixes of a text that goes back, as a verdict has them. Each is tried, so they cost many judgements. */
  fixes?: boolean
  /** The rules that the firm adds. */
  firm?: readonly FirmRule[] | null
}

/** What the rules of a pack say; `failed` where they threw. */
export type Sentence =
  | (Pick<Verdict, 'findings' | 'obligations' | 'outcome' | 'rendered' | 'score'> & { failed?: undefined })
  | { failed: string }

/** A sentence in short, where thousands of texts are judged: copying the findings would cost as much as making them. */
export type Ruling = { outcome: Outcome; rules: string[]; failed?: undefined } | { failed: string }

/** A part of the engine that a thread is asked for. */
export type Part = {
  [Name in keyof Judging]: Judging[Name] extends (...args: never[]) => unknown ? Name : never
}[keyof Judging]

/** What goes to a thread, and what comes back for each. */
export type Message =
  | { questions: Question[]; inShort: boolean }
  | { part: Part; args: unknown[]; firm: readonly FirmRule[] | null }
export type Reply = { value: unknown } | { error: string }

/** Threads that judge by one pack. */
export interface Judges {
  /** How many batches it pays to have on the way at once. */
  readonly width: number
  judge(questions: Question[]): Promise<Sentence[]>
  judgeInShort(questions: Question[]): Promise<Ruling[]>
  /** One part of the engine, with the rules of a firm. @throws Error when the rules threw, or the thread is gone */
  ask(part: Part, args: unknown[], firm: readonly FirmRule[] | null): Promise<unknown>
  /** Whether a thread has ended by itself; then new ones have to be started. */
  isBroken(): boolean
  /** Lets the process end while the threads wait for work. */
  unref(): void
  /** Ends the threads, with what they were asked. */
  close(): Promise<void>
  /** Ends them once everything that they were asked is answered. */
  retire(): Promise<void>
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
  const asked = new Set<Promise<unknown>>()
  const send = async (message: Message): Promise<unknown> => {
    const answer = sendTo(judges, message)
    asked.add(answer)
    try {
      return await answer
    } finally {
      asked.delete(answer)
    }
  }
  return {
    // Two for each thread, so that none waits for the next batch to be read.
    width: 2 * threads,
    judge: (questions) => send({ questions, inShort: false }) as Promise<Sentence[]>,
    judgeInShort: (questions) => send({ questions, inShort: true }) as Promise<Ruling[]>,
    ask: (part, args, firm) => send({ part, args, firm }),
    isBroken: () => judges.some(({ ended }) => ended !== null),
    unref() {
      for (const { worker } of judges) worker.unref()
    },
    close,
    async retire() {
      await Promise.allSettled(asked)
      await close()
    },
  }
}

interface Judge {
  worker: Worker
  /** Who waits for an answer, in the order of the questions: a thread answers them in turn. */
  waiting: { resolve(value: unknown): void; reject(error: Error): void }[]
  /** Why it answers no more. */
  ended: Error | null
}

function sendTo(judges: Judge[], message: Message): Promise<unknown> {
  const [idlest] = judges.toSorted((a, b) => a.waiting.length - b.waiting.length)
  if (!idlest) throw new Error('there is no judge')
  const { ended, waiting, worker } = idlest
  return new Promise((resolve, reject) => {
    if (ended) return reject(ended)
    waiting.push({ resolve, reject })
    worker.postMessage(message)
  })
}

async function startJudge(pack: string | null): Promise<Judge> {
  const worker = new Worker(PROGRAM, { workerData: { pack } })
  const judge: Judge = { worker, waiting: [], ended: null }
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  worker.on('message', (reply: Reply) => {
    const first = judge.waiting.shift()
    if ('error' in reply) first?.reject(new Error(reply.error))
    else first?.resolve(reply.value)
  })
  const end = (error: Error) => {
    judge.ended ??= error
    for (const { reject } of judge.waiting.splice(0)) reject(error)
  }
  worker.on('error', end)
  worker.on('exit', () => end(new Error('the thread that judges has ended')))
  return judge
}
