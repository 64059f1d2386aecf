import { z } from 'zod'
import { type Protocol, type Refusal, tokensIn } from './protocol.ts'

const Body = z.strictObject({
  model: z.string().min(1),
  messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).optional(),
  response_format: z
    .strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: z.string().regex(/^[\w-]{1,64}$/),
        strict: z.boolean().optional(),
        schema: z.record(z.string(), z.unknown()),
      }),
    })
    .optional(),
})

const ERRORS: Record<Refusal, [number, string, string | null]> = {
  auth: [401, 'invalid_request_error', 'invalid_api_key'],
  bad_request: [400, 'invalid_request_error', null],
  not_found: [404, 'invalid_request_error', 'unknown_url'],
  rate_limit: [429, 'requests', 'rate_limit_exceeded'],
  quota: [429, 'insufficient_quota', 'insufficient_quota'],
  server: [500, 'server_error', null],
  overloaded: [503, 'server_error', null],
}

/** Chat completions, as OpenAI and those that follow it serve them. */
export const openai: Protocol<typeof Body> = {
  path: '/v1/chat/completions',
  keyOf: (c) => /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? null,
  missing: () => null,
  body: Body,
  question: (body) => ({
    model: body.model,
    prompt: body.messages.at(-1)?.content ?? '',
    schema: body.response_format?.json_schema.schema,
  }),
  answer({ text, stop }, { model, prompt }) {
    const refused = stop === 'refusal'
    const message = { role: 'assistant', content: refused ? null : text, refusal: refused ? text : null }
    const usage = { prompt_tokens: tokensIn(prompt), completion_tokens: tokensIn(text) }
    return {
      id: 'chatcmpl-emulated',
      object: 'chat.completion',
      created: 1_780_000_000,
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: stop === 'length' ? 'length' : 'stop' }],
      usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
    }
  },
  refusal(reason, message) {
    const [status, type, code] = ERRORS[reason]
    return { status, body: { error: { message, type, code, param: null } } }
  },
}
