import type { z } from 'zod'
import { UpstreamError } from '../../platform/errors.ts'
import type { AiAnswer, AiClient, AiProvider, AiQuestion } from './index.ts'
import { PROTOCOLS } from './protocols.ts'
import { wireSchema } from './wire-schema.ts'

interface AiOptions {
  provider: AiProvider
  /** Anthropic: without `/v1`. OpenAI and those that follow it: with it. */
  baseUrl: string
  model: string
  apiKey: string
}

/** An honest answer has some kilobytes. */
const MAX_ANSWER_BYTES = 256 * 1024

/** HTTP statuses after which the same question may get an answer; 529 is Anthropic's "overloaded". */
const isRetryable = (status: number) => status === 408 || status === 429 || status >= 500

/**
 * A model over plain fetch: one try, a time limit over everything, no redirect followed, an answer of bounded size.
 * A question changes nothing at the vendor, so no failure leaves anything in doubt.
 */
export function createAiClient({ provider, baseUrl, model, apiKey }: AiOptions): AiClient {
  const protocol = PROTOCOLS[provider]
  const endpoint = `${baseUrl}${protocol.path}`
  return {
    provider,
    model,
    endpoint,
    async ask<Answer extends z.ZodType>(
      { system, user, answer }: AiQuestion<Answer>,
      { timeoutMs }: { timeoutMs: number },
    ) {
      const body = JSON.stringify(protocol.body({ model, system, user, schema: wireSchema(answer) }))
      const headers = { ...protocol.headers(apiKey), accept: 'application/json', 'content-type': 'application/json' }
      const { status, text } = await exchange(endpoint, { headers, body, timeoutMs })
      if (status !== 200) throw failed(`answered ${status}`, { retryable: isRetryable(status), status })
      const incoming = protocol.read(parseJson(text))
      if (incoming === null) throw failed('answered with something unreadable', { retryable: true, status })
      return answerOf(answer, incoming)
    },
  }
}

function answerOf<Answer extends z.ZodType>(
  shape: Answer,
  { complete, ...said }: { complete: boolean; text: string; inputTokens: number; outputTokens: number },
): AiAnswer<z.output<Answer>> {
  const parsed = shape.safeParse(parseJson(said.text))
  return { ...said, value: complete && parsed.success ? parsed.data : null }
}

async function exchange(
  endpoint: string,
  { headers, body, timeoutMs }: { headers: Record<string, string>; body: string; timeoutMs: number },
): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal })
    return { status: response.status, text: await readBounded(response) }
  } catch (cause) {
    // The cause may hold the address and parts of the request, never what we would show; its name is enough.
    const late = cause instanceof Error && cause.name === 'TimeoutError'
    throw failed(late ? `gave no answer within ${timeoutMs} ms` : 'gave no answer', { retryable: true, cause })
  }
}

/** @returns an empty text when the answer is larger than any honest one */
async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const failed = (what: string, { status, ...rest }: { retryable: boolean; status?: number; cause?: unknown }) =>
  new UpstreamError('ai', `the model ${what}`, { ...rest, outcomeUnknown: false, vendorCode: status })
