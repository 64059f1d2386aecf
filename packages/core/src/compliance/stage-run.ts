import type { Finding, Stage, StageReport } from '@pramaan/shared'
import type { z } from 'zod'
import type { Current, runStageJob } from '../content/index.ts'
import type { AdvisorFacts } from '../identity/index.ts'
import type { AuditEntry, CommandCtx, Ctx } from '../platform/context.ts'
import { describeError } from '../platform/log.ts'
import type { Result } from '../platform/use-case.ts'
import { abandonCheck, type Check, completeStage } from './check-queries.ts'
import type { Engine } from './engine.ts'
import type { Subject } from './rules/index.ts'

export type StageJob = z.output<typeof runStageJob.payload>

/** One stage of one check, with everything that it judges by. */
export interface StageRun {
  job: StageJob
  engine: Engine
  check: Check
  version: Current
  advisor: AdvisorFacts
  subject: Subject
}

/** What the pure rules gave, or that they failed. */
export interface Attempt<Value> {
  value: Value | null
  report: StageReport
}

/** A repeated job, or one whose check has ended. */
export const UNCHANGED: Result<void> = { output: undefined, unchanged: true }

/** Runs pure rules, and says how it went. */
export async function attempt<Value>(
  ctx: Ctx,
  stage: Stage,
  rules: () => Value | Promise<Value>,
): Promise<Attempt<Value>> {
  const startedAt = performance.now()
  const report = (status: StageReport['status']): StageReport => ({
    stage,
    status,
    tookMs: Math.round((performance.now() - startedAt) * 100) / 100,
  })
  try {
    const value = await rules()
    return { value, report: report('done') }
  } catch (error) {
    ctx.log.error({ part: 'compliance', stage, ...describeError(error) }, 'a stage failed')
    return { value: null, report: report('failed') }
  }
}

/**
 * What rules found, if it can be stored: a quote that ends in half a character fails the stage like any other broken rule,
 * instead of failing the database again and again.
 */
export function storable(findings: Finding[]): Finding[] {
  if (findings.every(({ quote, message }) => quote.isWellFormed() && message.isWellFormed())) return findings
  throw new Error('a finding quotes half a character')
}

/** @returns false when another run of this stage was faster */
export async function recordStage(
  ctx: CommandCtx,
  { engine, job }: StageRun,
  findings: Finding[],
  report: StageReport,
): Promise<boolean> {
  const rows = await completeStage(ctx.tx).execute({
    advisorId: job.advisorId,
    checkId: job.checkId,
    stage: job.stage,
    state: job.stage === 3 ? 'done' : 'running',
    digest: engine.ruleSet.digest,
    findings: JSON.stringify(findings),
    report: JSON.stringify([report]),
    now: ctx.now().toISOString(),
  })
  return rows.length > 0
}

export const stageEntry = ({ engine, job, version }: StageRun, report: StageReport, found: number): AuditEntry => ({
  action: 'compliance.stage_completed',
  objectType: 'content',
  objectId: job.contentId,
  advisorId: job.advisorId,
  versionHash: version.hash,
  ruleSetDigest: engine.ruleSet.digest,
  detail: { checkId: job.checkId, stage: job.stage, status: report.status, findings: found },
})

/** The text was withdrawn or changed meanwhile: its check ends without a verdict. */
export async function abandon(ctx: CommandCtx, job: StageJob, reason: string): Promise<Result<void>> {
  const { advisorId, checkId, contentId, stage } = job
  const ended = await abandonCheck(ctx.tx).execute({ advisorId, checkId, now: ctx.now().toISOString() })
  if (ended.length === 0) return UNCHANGED
  const entry: AuditEntry = {
    action: 'compliance.check_abandoned',
    objectType: 'content',
    objectId: contentId,
    advisorId,
    reason,
    detail: { checkId, stage },
  }
  return { output: undefined, audit: entry }
}
