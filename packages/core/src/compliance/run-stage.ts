import type { Finding, Stage } from '@pramaan/shared'
import { newCheck, readCurrent, runStageJob } from '../content/index.ts'
import { readAdvisor } from '../identity/index.ts'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { command, type Result } from '../platform/use-case.ts'
import { insertCheck, readCheck } from './check-queries.ts'
import { decideCheck } from './decide-check.ts'
import type { Engine } from './engine.ts'
import { engineInForce } from './engine-in-force.ts'
import { modelJob } from './jobs.ts'
import { keepBuildPack } from './keep-pack.ts'
import { wantsModel } from './model-use.ts'
import {
  abandon,
  attempt,
  recordStage,
  type StageJob,
  type StageRun,
  stageEntry,
  storable,
  UNCHANGED,
} from './stage-run.ts'
import { subjectOf } from './subject-of.ts'

/**
 * The handler of `compliance.run-stage`. Each stage adds to its check once, by a conditional update, and asks for the next
 * in the same commit, so that killing a worker anywhere loses nothing and a repeated job changes nothing. Rules that throw
 * are recorded as a failed stage, which keeps policy from approving; a database that fails throws, and the job comes again.
 */
export const runStage = stageRunner(null)

/** `runStage` with other rules than those in force. */
export function stageRunner(engine: Engine | null): (ctx: Ctx, payload: unknown) => Promise<void> {
  const run = command({
    name: 'compliance.run_stage',
    input: runStageJob.payload,
    run: async (ctx, job) => runOnce(ctx, engine ?? (await engineInForce(ctx, ctx.tx, job.advisorId)), job),
  })
  return async (ctx, payload) => {
    await keepBuildPack(ctx)
    await run(ctx, runStageJob.payload.parse(payload))
  }
}

async function runOnce(ctx: CommandCtx, engine: Engine, job: StageJob): Promise<Result<void>> {
  const { advisorId, contentId, versionId, checkId, stage } = job
  const version = await readCurrent(ctx.tx, advisorId, contentId)
  if (version?.status !== 'checking' || version.id !== versionId) return abandon(ctx, job, 'the text moved on')
  if (stage === 1) await insertCheck(ctx.tx).execute({ advisorId, contentId, versionId, checkId, now: ctx.now() })
  const [check, advisor] = await Promise.all([readCheck(ctx.tx, advisorId, checkId), readAdvisor(ctx.tx, advisorId)])
  if (!advisor) throw new Error('a check without its advisor')
  if (check?.state !== 'running' || check.stagesDone !== stage - 1) return UNCHANGED
  if (check.ruleSetDigest !== null && check.ruleSetDigest !== engine.ruleSet.digest) return restart(ctx, job)
  const subject = subjectOf(version, advisor, check, ctx.now())
  const run: StageRun = { job, engine, check, version, advisor, subject }
  return stage === 3 ? decideCheck(ctx, run) : addFindings(ctx, run)
}

/** Stages 1 and 2. A block in stage 1 does not end the check: the author sees all findings at once. */
async function addFindings(ctx: CommandCtx, run: StageRun): Promise<Result<void>> {
  const { engine, job, subject } = run
  const find = job.stage === 1 ? engine.findHard : engine.findInContext
  const { value, report } = await attempt(ctx, job.stage, async () => storable(await find(subject)))
  const findings = value ?? []
  if (!(await recordStage(ctx, run, findings, report))) return UNCHANGED
  return {
    output: undefined,
    audit: stageEntry(run, report, findings.length),
    jobs: job.stage === 1 ? [stageJob(job, 2)] : afterContext(ctx, run, findings),
  }
}

/**
 * Stage 3 at once; or, where a model is asked beside it, when that has answered and at the end of its time at the latest.
 * Whichever comes first decides, and the other finds the check done.
 */
function afterContext(ctx: CommandCtx, { advisor, check, job }: StageRun, findings: Finding[]): Job[] {
  if (!wantsModel(ctx, advisor, [...check.findings, ...findings])) return [stageJob(job, 3)]
  const deadline = new Date(ctx.now().getTime() + ctx.settings.ai.timeoutMs)
  const { stage: _, ...of } = job
  return [
    modelJob.with({ ...of, deadline: deadline.toISOString() }, { groupId: job.advisorId }),
    stageJob(job, 3, deadline),
  ]
}

const stageJob = (job: StageJob, stage: Stage, startAfter?: Date): Job =>
  runStageJob.with({ ...job, stage }, { groupId: job.advisorId, ...(startAfter && { startAfter }) })

/** Half a check by old rules and half by new ones proves nothing: it begins again under the new ones. */
async function restart(ctx: CommandCtx, job: StageJob): Promise<Result<void>> {
  const result = await abandon(ctx, job, 'the rules changed')
  return 'unchanged' in result ? result : { ...result, jobs: [newCheck(job, ctx.newId())] }
}
