import { z } from 'zod'
import type { Clients, Ctx } from '../platform/context.ts'
import { ModelAnswer, type ModelQuestion } from './rules/model/question.ts'

/** A question, as far as its answer depends on it. */
interface Asked {
  ai: NonNullable<Clients['ai']>
  question: ModelQuestion
  advisorId: string
  ruleSetDigest: string
}

const Text = z.string().transform((text, ctx) => {
  const value = ModelAnswer.safeParse(jsonOf(text))
  if (value.success) return { text, value: value.data }
  ctx.addIssue({ code: 'custom', message: 'is no answer' })
  return z.NEVER
})

/**
 * What the model said to this very question before; null where nobody knows. An answer is sealed with the data key of its
 * advisor and bound to its place, so that Redis shows nothing, one tenant never reads another's, and an answer that was
 * moved, altered or whose owner was erased is none.
 */
export async function recallAnswer(ctx: Ctx, asked: Asked): Promise<{ text: string; value: ModelAnswer } | null> {
  const key = keyOf(ctx, asked)
  const sealed = await asked.ai.cache.read(key)
  if (sealed === null) return null
  const text = await ctx.keys.open(ctx.db.read, asked.advisorId, placeOf(key), sealed).catch(() => null)
  return Text.safeParse(text).data ?? null
}

/** Keeps an answer for the next time. Only answers of the right shape are worth it. */
export async function rememberAnswer(ctx: Ctx, asked: Asked, text: string): Promise<void> {
  const key = keyOf(ctx, asked)
  const dataKey = await ctx.keys.dataKeyOf(ctx.db.read, asked.advisorId)
  await asked.ai.cache.keep(key, ctx.keys.seal(dataKey, placeOf(key), text))
}

const placeOf = (key: string) => ({ table: 'ai_cache', column: 'answer', rowId: key })

/** Whose answer, from whom, by which words and rules, about which text (the digest covers it), as a keyed hash. */
function keyOf(ctx: Ctx, { ai, question, advisorId, ruleSetDigest }: Asked): string {
  const { provider, endpoint, model } = ai.model
  const asked = JSON.stringify([advisorId, provider, endpoint, model, ruleSetDigest, question.digest])
  return `ai:${advisorId}:${ctx.keys.lookupHash('ai answer', asked).toString('base64url')}`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
