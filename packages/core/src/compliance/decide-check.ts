import { type Queries, schema, statement } from '@pramaan/db'
import type { AiStatus, ContentStatus, Finding, Outcome, ReviewKind, StageReport, VerdictInput } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { type Move, mayCause, moveContent } from '../content/index.ts'
import { tierAt } from '../identity/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Result } from '../platform/use-case.ts'
import { isVerified, licencesInUse } from './advisor-licences.ts'
import { contentNotice } from './content-notice.ts'
import { issueProof } from './issue-proof.ts'
import { aiStatusOf, asksForPerson, type ModelUse, readModelUse, wantsModel } from './model-use.ts'
import { linkRewrites, type Recollection, recallRefusals } from './recall-refusals.ts'
import { openReview } from './review-queries.ts'
import { type Decision, type Translations, withoutTranslationDuty } from './rules/index.ts'
import { isDrawn, SECOND_LOOK_RATE } from './rules/review-policy.ts'
import { reviewPriority } from './rules/review-priority.ts'
import { inputHashOf } from './rules/verdict-bytes.ts'
import { abandon, attempt, recordStage, type StageRun, stageEntry, storable } from './stage-run.ts'
import { recordStanding } from './standing.ts'
import { readTranslations } from './warning-translations.ts'

interface Judgement {
  rendered: string
  found: Finding[]
  decision: Decision
}

/**
 * Stage 3: the text as its recipient reads it, score and verdict, and what follows for the content. All in one commit: a
 * text that moved on meanwhile is not judged, and no verdict stands without its consequence.
 */
export async function decideCheck(ctx: CommandCtx, run: StageRun): Promise<Result<void>> {
  const { check, job, version } = run
  const { advisorId, contentId, versionId } = job
  const input = inputOf(run, ctx.now(), await readTranslations(ctx.tx, advisorId, version.language))
  const { value, report } = attempt(ctx, 3, () => judge(run, input))
  const judgement = value ?? failClosed(check.findings)
  const wanted = wantsModel(ctx, run.advisor, check.findings)
  const use = wanted ? await readModelUse(ctx.tx, advisorId, check.id) : null
  const memory = await recallRefusals(ctx, run)
  const verdict = verdictOf(ctx, run, { input, judgement, report, aiStatus: wanted ? aiStatusOf(use) : 'off' })
  const stageFailed = verdict.stages.some((stage) => stage.status === 'failed')
  const { outcome } = verdict
  const consequence = consequenceOf(ctx, run, { outcome, stageFailed, ...asking(use, memory) })
  const moved = await moveContent(ctx, { advisorId, contentId, versionId, ...consequence.move })
  if (!moved) return abandon(ctx, job, 'the text moved on')
  const { found } = judgement
  if (!(await recordStage(ctx, run, found, report))) throw new Error('this check ended while it was being decided')
  const proof =
    moved.to === 'approved'
      ? issueProof(ctx, { advisorId, version, verdict, approvedVia: 'policy', approvers: [], path: null, limits: [] })
      : null
  const writes = [
    insertVerdict(ctx.tx).execute(verdict),
    ...ask(ctx, run, { status: moved.to, verdict, use, memory }),
    ...linkRewrites(ctx, verdict, memory),
    ...recordStanding(ctx, advisorId),
  ]
  if (proof) writes.push(proof.write)
  const entry = entryOf(run)
  return {
    output: undefined,
    audit: [
      stageEntry(run, report, found.length),
      entry('compliance.verdict_given', {
        reason: outcome,
        detail: { verdictId: verdict.id, score: verdict.score, findings: verdict.findings.length },
      }),
      entry(consequence.action, {
        ...moved,
        ...(consequence.reason === undefined ? {} : { reason: consequence.reason }),
        detail: {
          verdictId: verdict.id,
          ...(proof ? { approvalId: proof.approvalId } : {}),
          ...(memory.links.length > 0 ? { rewriteOf: memory.links } : {}),
        },
      }),
    ],
    jobs:
      outcome === 'changes_required'
        ? [contentNotice(ctx, 'content_sent_back', { advisorId, contentId, authorId: version.createdBy })]
        : [],
    writes,
  }
}

type NewVerdict = ReturnType<typeof verdictOf>

/** The verdict as it is stored. One with a failed stage is never clean. */
function verdictOf(
  ctx: CommandCtx,
  { check, engine, job, subject }: StageRun,
  given: { input: VerdictInput; judgement: Judgement; report: StageReport; aiStatus: AiStatus },
) {
  const { advisorId, contentId, versionId } = job
  const { decision, rendered } = given.judgement
  const stages = [...check.stages, given.report]
  const stageFailed = stages.some((stage) => stage.status === 'failed')
  return {
    advisorId,
    id: ctx.newId(),
    checkId: check.id,
    contentId,
    versionId,
    outcome: stageFailed && decision.outcome === 'clean' ? ('review' as const) : decision.outcome,
    score: decision.score,
    findings: decision.findings,
    obligations: decision.obligations,
    ruleSetVersion: engine.ruleSet.version,
    ruleSetDigest: engine.ruleSet.digest,
    engineVersion: engine.version,
    input: given.input,
    inputHash: inputHashOf(subject.text, given.input),
    stages,
    aiStatus: given.aiStatus,
    renderedText: rendered,
    createdAt: ctx.now(),
  }
}

/** Asks an officer where one is needed, sooner where something stands beside the verdict. */
function ask(
  ctx: CommandCtx,
  { advisor, job, version }: StageRun,
  about: { status: ContentStatus; verdict: NewVerdict; use: ModelUse | null; memory: Recollection },
): Promise<unknown>[] {
  const { memory, status, use, verdict } = about
  const kind = reviewAfter(ctx, status, verdict.id)
  if (kind === null) return []
  const { id: verdictId, score } = verdict
  const { contentId, versionId } = job
  const beside = { modelConcern: use?.outcome === 'concern', rewrite: memory.links.length > 0 }
  const priority = reviewPriority(score, beside)
  const of = { tier: tierAt(advisor.tiers, ctx.now()), contentId, versionId, verdictId, authorId: version.createdBy }
  return openReview(ctx, job.advisorId, { kind, ...of, score, priority })
}

/** Whether something beside the verdict asks for a person, and what, in the words of the audit log. */
function asking(use: ModelUse | null, memory: Recollection): { personAsked: boolean; because: string } {
  if (memory.links.length > 0) return { personAsked: true, because: 'a text like this one was refused before' }
  if (memory.failed) return { personAsked: true, because: 'the memory of refused texts could not be asked' }
  return { personAsked: asksForPerson(use), because: 'the model beside the rules asks for a person' }
}

/** Whom the text needs next: an officer's decision, or, for a few that policy approved, a second look. */
function reviewAfter(ctx: CommandCtx, status: ContentStatus, verdictId: string): ReviewKind | null {
  if (status === 'in_review') return 'decision'
  if (status !== 'approved') return null
  return isDrawn(ctx.keys.lookupHash('second-look', verdictId), SECOND_LOOK_RATE.policy) ? 'second_look' : null
}

/** What the verdict is a function of, besides the text, the rules and the engine. */
function inputOf({ advisor, subject }: StageRun, now: Date, translations: Translations): VerdictInput {
  const { text: _, ...about } = subject
  const licences = licencesInUse(advisor, now).map(({ type, number }) => ({ type, number }))
  const publisher = { displayName: advisor.displayName, licences, translations }
  return { ...about, licences: [...subject.licences], advisor: publisher }
}

function judge({ check, engine, subject }: StageRun, input: VerdictInput): Judgement {
  const rendered = engine.renderText(subject.text, subject.channel, input.advisor)
  const found = storable(engine.findInRendered(subject, rendered))
  const decision = engine.decide(subject, [...check.findings, ...found])
  const obligations = [...withoutTranslationDuty(decision.obligations, input.advisor)]
  return { rendered, found, decision: { ...decision, obligations } }
}

/** The score of a text that could not be judged to the end: the worst that is not a block. */
const UNJUDGED_SCORE = 99

/** What stands when stage 3 itself fails: the findings so far, never clean, and no text that could be sent. */
function failClosed(findings: Finding[]): Judgement {
  const blocked = findings.some((finding) => finding.severity === 'block')
  const outcome = blocked ? 'changes_required' : 'review'
  const score = blocked ? 100 : UNJUDGED_SCORE
  return { rendered: '', found: [], decision: { outcome, score, findings, obligations: [] } }
}

function consequenceOf(
  ctx: CommandCtx,
  { advisor }: StageRun,
  judged: { outcome: Outcome; stageFailed: boolean; personAsked: boolean; because: string },
): { move: Pick<Move, 'event' | 'facts'>; action: string; reason?: string } {
  if (judged.outcome === 'changes_required') {
    return { move: { event: 'require_changes' }, action: 'content.changes_required' }
  }
  const { autoApproveClean } = advisor
  const { because, ...judgement } = judged
  const facts = { ...judgement, autoApproveClean, licenceVerified: isVerified(advisor, ctx.now()) }
  if (mayCause(ctx.actor, 'approve_by_policy', facts)) {
    return { move: { event: 'approve_by_policy', facts }, action: 'content.approved' }
  }
  const isReason = judged.personAsked && mayCause(ctx.actor, 'approve_by_policy', { ...facts, personAsked: false })
  return {
    move: { event: 'require_review' },
    action: 'content.review_requested',
    ...(isReason ? { reason: because } : {}),
  }
}

const entryOf =
  ({ engine, job, version }: StageRun) =>
  (action: string, rest: Partial<AuditEntry>): AuditEntry => ({
    action,
    objectType: 'content',
    objectId: job.contentId,
    advisorId: job.advisorId,
    versionHash: version.hash,
    ruleSetDigest: engine.ruleSet.digest,
    ...rest,
  })

const insertVerdict = statement((queries: Queries) =>
  queries
    .insert(schema.verdicts)
    .values({
      advisorId: sql.placeholder('advisorId'),
      id: sql.placeholder('id'),
      checkId: sql.placeholder('checkId'),
      contentId: sql.placeholder('contentId'),
      versionId: sql.placeholder('versionId'),
      outcome: sql.placeholder('outcome'),
      score: sql.placeholder('score'),
      findings: sql.placeholder('findings'),
      obligations: sql.placeholder('obligations'),
      ruleSetVersion: sql.placeholder('ruleSetVersion'),
      ruleSetDigest: sql.placeholder('ruleSetDigest'),
      engineVersion: sql.placeholder('engineVersion'),
      input: sql.placeholder('input'),
      inputHash: sql.placeholder('inputHash'),
      stages: sql.placeholder('stages'),
      aiStatus: sql.placeholder('aiStatus'),
      renderedText: sql.placeholder('renderedText'),
      createdAt: sql.placeholder('createdAt'),
    })
    .prepare('verdict_insert'),
)
