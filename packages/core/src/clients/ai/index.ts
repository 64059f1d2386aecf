import type { z } from 'zod'

export { createAnswerCache } from './answer-cache.ts'
export { createAiClient } from './client.ts'

export type AiProvider = 'anthropic' | 'openai'

export interface AiQuestion<Answer extends z.ZodType = z.ZodType> {
  system: string
  user: string
  /** The shape that the answer must have; the vendor gets it as a JSON Schema, and is not believed. */
  answer: Answer
}

export interface AiAnswer<Answer> {
  /** Null where the model answered, but not as it was asked: it refused, was cut short, or gave another shape. */
  value: Answer | null
  /** The words of the model, as they came. */
  text: string
  inputTokens: number
  outputTokens: number
}

/** One model behind one vendor's protocol. It gets no tools and no history: all it can do is to answer. */
export interface AiClient {
  readonly provider: AiProvider
  readonly model: string
  /** Where the questions go. */
  readonly endpoint: string
  /** @throws UpstreamError when there is no answer; nobody should ask again by himself */
  ask<Answer extends z.ZodType>(
    question: AiQuestion<Answer>,
    options: { timeoutMs: number },
  ): Promise<AiAnswer<z.output<Answer>>>
}

/** What a model said before. Losing it costs a call. No method throws: a cache that fails has nothing. */
export interface AnswerCache {
  read(key: string): Promise<Buffer | null>
  keep(key: string, value: Buffer): Promise<void>
}
