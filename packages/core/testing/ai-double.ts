import { randomUUID } from 'node:crypto'
import { type AiClient, type AiProvider, createAiClient } from '../src/clients/ai/index.ts'

/** What a test may order the double of the model to do; the README of apps/emulators describes each. */
export type AiFault =
  | 'slow'
  | 'auth'
  | 'rate_429'
  | 'quota'
  | 'status'
  | 'reset'
  | 'cut'
  | 'truncated_json'
  | 'empty_200'
  | 'huge'
  | 'redirect'
  | 'refusal'
  | 'cut_short'
  | 'not_json'
  | 'wrong_shape'
  | 'lie'
  | 'hostile'
  | 'echo'
  | 'link'
  | 'concern'
  | 'no_concern'

export interface AiDouble {
  client: AiClient
  /** The next `times` calls go this way. */
  order(kind: AiFault, options?: { times?: number; [detail: string]: unknown }): Promise<void>
  /** The bodies of the calls so far, as JSON text. */
  calls(): Promise<string[]>
}

/** The double of a model at this address (`inject('emulators').ai`), with an account of its own. */
export function aiDouble(url: string, provider: AiProvider = 'anthropic'): AiDouble {
  const apiKey = randomUUID()
  const baseUrl = provider === 'anthropic' ? url : `${url}/v1`
  return {
    client: createAiClient({ provider, baseUrl, model: 'model-of-the-test', apiKey }),
    async order(kind, options = {}) {
      const body = JSON.stringify({ account: apiKey, kind, ...options })
      const answer = await fetch(`${url}/__ctl/faults`, { method: 'POST', body })
      if (!answer.ok) throw new Error(await answer.text())
    },
    async calls() {
      const answer = await fetch(`${url}/__ctl/calls?account=${apiKey}`)
      return ((await answer.json()) as { body: unknown }[]).map(({ body }) => JSON.stringify(body))
    },
  }
}
