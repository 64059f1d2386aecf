import { z } from 'zod'
import { type Protocol, type Refusal, tokensIn } from './protocol.ts'

const Body = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  temperature: z.number().min(0).max(1).optional(),
  system: z.string().optional(),
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string().min(1) })).min(1),
  output_config: z
    .strictObject({
      format: z.strictObject({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) }),
    })
    .optional(),
})

const ERRORS: Record<Refusal, [number, string]> = {
  auth: [401, 'authentication_error'],
  bad_request: [400, 'invalid_request_error'],
  not_found: [404, 'not_found_error'],
  rate_limit: [429, 'rate_limit_error'],
  quota: [429, 'rate_limit_error'],
  server: [500, 'api_error'],
  overloaded: [529, 'overloaded_error'],
}

const STOP = { end: 'end_turn', length: 'max_tokens', refusal: 'refusal' } as const

/** The Messages API of Anthropic. */
export const anthropic: Protocol<typeof Body> = {
  path: '/v1/messages',
  keyOf: (c) => c.req.header('x-api-key') ?? null,
  missing: (c) => (!c.req.header('anthropic-version') ? 'anthropic-version: header is required' : null),
  body: Body,
  question: (body) => ({
    model: body.model,
    prompt: body.messages.at(-1)?.content ?? '',
    schema: body.output_config?.format.schema,
  }),
  answer: ({ text, stop }, { model, prompt }) => ({
    id: 'msg_emulated',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }],
    stop_reason: STOP[stop],
    stop_sequence: null,
    usage: { input_tokens: tokensIn(prompt), output_tokens: tokensIn(text) },
  }),
  refusal(reason, message) {
    const [status, type] = ERRORS[reason]
    return {
      status,
      body: { type: 'error', error: { type, message } },
      ...(status === 429 ? { headers: { 'retry-after': '20' } } : {}),
    }
  },
}
