import type { Context } from 'hono'
import type { z } from 'zod'
import type { Answer } from './answer.ts'

/** The reasons for which a vendor refuses a call. */
export type Refusal = 'auth' | 'bad_request' | 'not_found' | 'rate_limit' | 'quota' | 'server' | 'overloaded'

/** A question, whichever protocol it came by. */
export interface Question {
  model: string
  prompt: string
  /** The JSON Schema that the answer shall have. */
  schema: unknown
}

/** One vendor's protocol: where it listens, what it takes, and how it answers and refuses. */
export interface Protocol<Body extends z.ZodType = z.ZodType> {
  path: string
  /** Null where the call shows no key. */
  keyOf(c: Context): string | null
  /** What a call lacks besides key and body; null when it is complete. */
  missing(c: Context): string | null
  body: Body
  question(body: z.output<Body>): Question
  answer(answer: Answer, question: Question): unknown
  refusal(reason: Refusal, message: string): { status: number; body: unknown; headers?: Record<string, string> }
}

/** Roughly what a tokenizer would count. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4)
