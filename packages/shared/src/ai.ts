import { z } from 'zod'
import { Id, PageInput, page, Time } from './fields.ts'

/** What the model beside stage 2 saw, in one place of the text: `text.slice(start, end) === quote`, in UTF-16 code units. */
export const AiConcern = z.object({
  family: z.string(),
  quote: z.string(),
  span: z.object({ start: z.int(), end: z.int() }),
  why: z.string(),
})
export type AiConcern = z.infer<typeof AiConcern>

/**
 * How one use of the model ended. `unusable`: it answered, but not as it was asked. `failed`: no answer came.
 * `not_asked`: budget, circuit breaker or time did not allow a call. `concern` and `unusable` ask for a person.
 */
export const AiOutcome = z.enum(['no_concern', 'concern', 'unusable', 'failed', 'not_asked'])
export type AiOutcome = z.infer<typeof AiOutcome>

/** Why there was no answer. */
export const AiReason = z.enum([
  'budget_spent',
  'circuit_open',
  'too_late',
  'no_answer',
  'rate_limited',
  'key_refused',
  'vendor_failed',
])
export type AiReason = z.infer<typeof AiReason>

/** Where the answer came from. */
export const AiSource = z.enum(['model', 'cache', 'none'])
export type AiSource = z.infer<typeof AiSource>

/**
 * One line of the register of AI use: which model was asked what, what it said, by digest, and who decided with its
 * answer at hand. `reliedOnBy`: nobody yet, the policy of the firm, or a reviewer.
 */
export const AiUseView = z.object({
  id: Id,
  usedAt: Time,
  contentId: Id,
  versionId: Id,
  versionHash: z.string(),
  verdictId: Id.nullable(),
  provider: z.string(),
  model: z.string(),
  promptVersion: z.string(),
  promptDigest: z.string(),
  outputDigest: z.string().nullable(),
  ruleSetDigest: z.string(),
  source: AiSource,
  outcome: AiOutcome,
  reason: AiReason.nullable(),
  concerns: z.array(AiConcern),
  inputTokens: z.int(),
  outputTokens: z.int(),
  tookMs: z.int(),
  reliedOnBy: z.enum(['policy', 'reviewer']).nullable(),
  reliedOnById: Id.nullable(),
  reliedOnAt: Time.nullable(),
  decision: z.string().nullable(),
})
export type AiUseView = z.infer<typeof AiUseView>
export const AiUsePage = page(AiUseView)
export const AiUseListInput = PageInput.extend({ from: Time.optional(), to: Time.optional() })
