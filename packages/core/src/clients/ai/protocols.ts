import { z } from 'zod'
import type { AiProvider } from './index.ts'

/** What goes out, whichever protocol carries it. */
interface Outgoing {
  model: string
  system: string
  user: string
  /** JSON Schema within the subset that both vendors take. */
  schema: object
}

/** What came back: the words, and whether the model said all that it wanted to. */
interface Incoming {
  text: string
  complete: boolean
  inputTokens: number
  outputTokens: number
}

interface Protocol {
  path: string
  headers(apiKey: string): Record<string, string>
  body(outgoing: Outgoing): object
  /** Null for a body that is no answer of this protocol. */
  read(body: unknown): Incoming | null
}

/** Ten concerns with their quotes fit in; a model that writes more is cut short and not believed. */
const MAX_OUTPUT_TOKENS = 2_000

const Tokens = z.int().min(0).catch(0)

const AnthropicAnswer = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullable(),
  usage: z.object({ input_tokens: Tokens, output_tokens: Tokens }),
})

/** Messages API (platform.claude.com, "Structured outputs"): only `end_turn` promises an answer of the shape asked for. */
const anthropic: Protocol = {
  path: '/v1/messages',
  headers: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }),
  body: ({ model, system, user, schema }) => ({
    model,
    max_tokens: MAX_OUTPUT_TOKENS,
    system,
    messages: [{ role: 'user', content: user }],
    output_config: { format: { type: 'json_schema', schema } },
  }),
  read(body) {
    const parsed = AnthropicAnswer.safeParse(body)
    if (!parsed.success) return null
    const { content, stop_reason, usage } = parsed.data
    return {
      text: content.map(({ text }) => text ?? '').join(''),
      complete: stop_reason === 'end_turn',
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
    }
  },
}

const OpenAiAnswer = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: Tokens, completion_tokens: Tokens }).optional(),
})

/** Chat completions (platform.openai.com, "Structured outputs"). Servers that follow it often ignore `strict`. */
const openai: Protocol = {
  path: '/chat/completions',
  headers: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
  body: ({ model, system, user, schema }) => ({
    model,
    max_tokens: MAX_OUTPUT_TOKENS,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
  }),
  read(body) {
    const parsed = OpenAiAnswer.safeParse(body)
    if (!parsed.success) return null
    const { choices, usage } = parsed.data
    const [choice] = choices
    return {
      text: choice?.message.content ?? choice?.message.refusal ?? '',
      complete: choice?.finish_reason === 'stop' && !choice.message.refusal,
      inputTokens: usage?.prompt_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
    }
  },
}

export const PROTOCOLS: Readonly<Record<AiProvider, Protocol>> = { anthropic, openai }
