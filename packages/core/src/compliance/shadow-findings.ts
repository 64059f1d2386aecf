import { schema } from '@pramaan/db'
import type { Finding } from '@pramaan/shared'
import type { CommandCtx } from '../platform/context.ts'
import { attempt, type StageRun } from './stage-run.ts'

/**
 * What pending rules would find in the text if they were in force, once for each rule. It decides nothing, so rules that
 * throw here leave the verdict alone: that is in the log.
 */
export async function findShadow(ctx: CommandCtx, { engine, subject }: StageRun): Promise<Finding[]> {
  const { value } = await attempt(ctx, 3, () => engine.findInShadow(subject))
  const first = new Map((value ?? []).map((finding) => [finding.ruleId, finding]))
  return [...first.values()]
}

/** Keeps them beside the verdict. Hand the statements to the commit. */
export function recordShadow(
  ctx: CommandCtx,
  verdict: { advisorId: string; id: string },
  findings: Finding[],
): Promise<unknown>[] {
  if (findings.length === 0) return []
  const of = { advisorId: verdict.advisorId, verdictId: verdict.id, createdAt: ctx.now() }
  const rows = findings.map(({ ruleId, severity }) => ({ ...of, ruleId, severity }))
  return [ctx.tx.insert(schema.shadowFindings).values(rows).execute()]
}
