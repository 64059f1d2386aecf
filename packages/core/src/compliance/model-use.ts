import { type Queries, schema, statement } from '@pramaan/db'
import type { AiStatus, Finding, Verdict } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import type { AdvisorFacts } from '../identity/index.ts'
import type { Ctx } from '../platform/context.ts'

const { aiUses } = schema

export type ModelUse = typeof aiUses.$inferSelect

/**
 * Whether a model is asked about a text: one is set, the firm allows it, and there is something left that it could add.
 * A text that is blocked goes back to its author whatever a model says, so it stays here.
 */
export const wantsModel = (ctx: Ctx, advisor: AdvisorFacts, findings: readonly Finding[]): boolean =>
  ctx.clients.ai !== null && advisor.aiReview && findings.every(({ severity }) => severity !== 'block')

const selectUse = statement((queries) =>
  queries
    .select()
    .from(aiUses)
    .where(and(eq(aiUses.advisorId, sql.placeholder('advisorId')), eq(aiUses.checkId, sql.placeholder('checkId'))))
    .prepare('ai_use_of_check'),
)

/** What the model said beside a check; null while it has said nothing. */
export async function readModelUse(queries: Queries, advisorId: string, checkId: string): Promise<ModelUse | null> {
  const [use] = await selectUse(queries).execute({ advisorId, checkId })
  return use ?? null
}

/** The status that stands beside a verdict for which the model was wanted. */
export function aiStatusOf(use: Pick<ModelUse, 'outcome' | 'source'> | null): AiStatus {
  if (use?.outcome !== 'concern' && use?.outcome !== 'no_concern') return 'unavailable'
  return use.source === 'cache' ? 'cached' : 'ok'
}

/**
 * Whether the model asks for a person: it had a concern, or answered not as it was asked, which the text itself may have
 * brought about. A model that gave no answer asks for nothing: then the rules stand alone, as without it.
 */
export const asksForPerson = (use: Pick<ModelUse, 'outcome'> | null): boolean =>
  use?.outcome === 'concern' || use?.outcome === 'unusable'

/** What stands beside a verdict, for those who read it. */
export const aiView = (status: AiStatus, concerns: ModelUse['concerns'] | null): Verdict['ai'] =>
  concerns === null || concerns.length === 0 ? { status } : { status, concerns }
