import { type Queries, schema, statement } from '@pramaan/db'
import type { ContentStatus, Finding, Outcome, ReviewKind, VerdictInput } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { type Move, mayCause, moveContent } from '../content/index.ts'
import { tierAt } from '../identity/index.ts'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Result } from '../platform/use-case.ts'
import { isVerified, licencesInUse } from './advisor-licences.ts'
import { contentNotice } from './content-notice.ts'
import { issueProof } from './issue-proof.ts'
import { aiStatusOf, asksForPerson, readModelUse, wantsModel } from './model-use.ts'
import { openReview } from './review-queries.ts'
import { type Decision, type Translations, withoutTranslationDuty } from './rules/index.ts'
import { isDrawn, SECOND_LOOK_RATE } from './rules/review-policy.ts'
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
  const { check, engine, job, subject, version } = run
  const input = inputOf(run, ctx.now(), await readTranslations(ctx.tx, job.advisorId, version.language))
  const { value, report } = attempt(ctx, 3, () => judge(run, input))
  const { rendered, found, decision } = value ?? failClosed(check.findings)
  const stages = [...check.stages, report]
  const stageFailed = stages.some((stage) => stage.status === 'failed')
  const outcome: Outcome = stageFailed && decision.outcome === 'clean' ? 'review' : decision.outcome
  const wanted = wantsModel(ctx, run.advisor, check.findings)
  const use = wanted ? await readModelUse(ctx.tx, job.advisorId, check.id) : null
  const consequence = consequenceOf(ctx, run, { outcome, stageFailed, personAsked: asksForPerson(use) })
  const { advisorId, contentId, versionId } = job
  const moved = await moveContent(ctx, { advisorId, contentId, versionId, ...consequence.move })
  if (!moved) return abandon(ctx, job, 'the text moved on')
  if (!(await recordStage(ctx, run, found, report))) throw new Error('this check ended while it was being decided')
  const verdict = {
    advisorId,
    id: ctx.newId(),
    checkId: check.id,
    contentId,
    versionId,
    outcome,
    score: decision.score,
    findings: decision.findings,
    obligations: decision.obligations,
    ruleSetVersion: engine.ruleSet.version,
    ruleSetDigest: engine.ruleSet.digest,
    engineVersion: engine.version,
    input,
    inputHash: inputHashOf(subject.text, input),
    stages,
    aiStatus: wanted ? aiStatusOf(use) : ('off' as const),
    renderedText: rendered,
    createdAt: ctx.now(),
  }
  const proof =
    moved.to === 'approved'
      ? issueProof(ctx, { advisorId, version, verdict, approvedVia: 'policy', approvers: [], path: null, limits: [] })
      : null
  const kind = reviewAfter(ctx, moved.to, verdict.id)
  const tier = tierAt(run.advisor, ctx.now())
  const question = {
    tier,
    contentId,
    versionId,
    verdictId: verdict.id,
    authorId: version.createdBy,
    score: verdict.score,
  }
  const asked = kind === null ? [] : openReview(ctx, advisorId, { kind, ...question })
  const writes = [insertVerdict(ctx.tx).execute(verdict), ...asked, ...recordStanding(ctx, advisorId)]
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
        detail: { verdictId: verdict.id, ...(proof ? { approvalId: proof.approvalId } : {}) },
      }),
    ],
    jobs:
      outcome === 'changes_required'
        ? [contentNotice(ctx, 'content_sent_back', { advisorId, contentId, authorId: version.createdBy })]
        : [],
    writes,
  }
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
  judged: { outcome: Outcome; stageFailed: boolean; personAsked: boolean },
): { move: Pick<Move, 'event' | 'facts'>; action: string; reason?: string } {
  if (judged.outcome === 'changes_required') {
    return { move: { event: 'require_changes' }, action: 'content.changes_required' }
  }
  const { autoApproveClean } = advisor
  const facts = { ...judged, autoApproveClean, licenceVerified: isVerified(advisor, ctx.now()) }
  if (mayCause(ctx.actor, 'approve_by_policy', facts)) {
    return { move: { event: 'approve_by_policy', facts }, action: 'content.approved' }
  }
  const byModel = judged.personAsked && mayCause(ctx.actor, 'approve_by_policy', { ...facts, personAsked: false })
  return {
    move: { event: 'require_review' },
    action: 'content.review_requested',
    ...(byModel ? { reason: 'the model beside the rules asks for a person' } : {}),
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
