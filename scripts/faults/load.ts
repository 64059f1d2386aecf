import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, ask, gist } from './caller.ts'

const WRITERS = 4
/** Keeps the firm below its requests a minute. */
const PAUSE_MS = 60

/** One write that was acknowledged. The text holds the key, so that the effects of a key can be counted. */
export interface Write {
  key: string
  content: string
  contentId: string
}

export interface Load {
  /** How often each answer came, in short. */
  answers: Map<string, number>
  /** Refusals for a moment, to be looked at. */
  refused: Answer[]
  written: Write[]
  slowestMs(): number
  count(gist: string): number
  /** Ends when every writer has its last write acknowledged. @throws what a request threw */
  stop(): Promise<void>
  /** Ends whatever was acknowledged, for a test that failed. */
  abandon(): void
}

export const bodyOf = (content: string) => ({ content, submit: true })

/**
 * People at work: some write, each text under a key of its own and again under the same key until it is acknowledged;
 * others read. `unreachable` says that nobody may listen for a while, which then counts as an answer.
 */
export function startLoad(url: string, token: string, { unreachable = false } = {}): Load {
  const answers = new Map<string, number>()
  const refused: Answer[] = []
  const written: Write[] = []
  let slowestMs = 0
  let running = true
  let abandoned = false

  const note = (what: string) => answers.set(what, (answers.get(what) ?? 0) + 1)

  async function once(...args: Parameters<typeof ask>): Promise<Answer | null> {
    try {
      const answer = await ask(...args)
      slowestMs = Math.max(slowestMs, answer.tookMs)
      note(gist(answer))
      if (answer.status === 503) refused.push(answer)
      return answer
    } catch (error) {
      // `fetch` says TypeError for a connection that is refused or cut; a request that hangs is another error.
      if (!unreachable || !(error instanceof TypeError)) throw error
      note('unreachable')
      return null
    }
  }

  async function write(): Promise<void> {
    while (running) {
      const key = randomUUID()
      const content = `A monthly SIP is a habit worth having, ${key}.`
      while (!abandoned) {
        const answer = await once(url, 'POST', '/api/content', { token, key, body: bodyOf(content) })
        await sleep(PAUSE_MS)
        if (answer?.status !== 201) continue
        written.push({ key, content, contentId: String(answer.body.contentId) })
        break
      }
    }
  }

  async function read(path: string): Promise<void> {
    while (running) {
      await once(url, 'GET', path, { token })
      await sleep(PAUSE_MS)
    }
  }

  const loops = Promise.all([
    ...Array.from({ length: WRITERS }, write),
    read('/api/advisor/profile'),
    read('/api/content?limit=20'),
  ])
  // Heard where the load is stopped, which may be later than it fails.
  loops.catch(() => undefined)
  return {
    answers,
    refused,
    written,
    slowestMs: () => slowestMs,
    count: (what) => answers.get(what) ?? 0,
    async stop() {
      running = false
      await loops
    },
    abandon() {
      running = false
      abandoned = true
    },
  }
}
