import type { AiReason } from '@pramaan/shared'
import type { z } from 'zod'
import { type Current, readCurrent } from '../content/index.ts'
import { type AdvisorFacts, readAdvisor } from '../identity/index.ts'
import { type Clients, type Ctx, withinFirm } from '../platform/context.ts'
import { UpstreamError } from '../platform/errors.ts'
import { describeError } from '../platform/log.ts'
import { type Check, readCheck } from './check-queries.ts'
import { modelJob } from './jobs.ts'
import { takeModelCall } from './model-allowance.ts'
import { recallAnswer, rememberAnswer } from './model-answers.ts'
import { readModelUse, wantsModel } from './model-use.ts'
import { recordModelUse } from './record-model-use.ts'
import { judgeAnswer } from './rules/model/judge-answer.ts'
import { digestOfWords, ModelAnswer, type ModelQuestion, questionAbout } from './rules/model/question.ts'
import { subjectOf } from './subject-of.ts'

type Ai = NonNullable<Clients['ai']>

/** A question with everything that its answer depends on. */
interface Asked {
  ai: Ai
  question: ModelQuestion
  advisorId: string
  ruleSetDigest: string
  deadline: Date
}

/** What came of it. `text` is null where the model said nothing. */
interface Said {
  source: 'model' | 'cache' | 'none'
  text: string | null
  value: ModelAnswer | null
  reason: AiReason | null
  inputTokens: number
  outputTokens: number
}

const SILENT = { text: null, value: null, inputTokens: 0, outputTokens: 0 }

/** Less time than this is not worth a call. */
const SHORTEST_MS = 50

/**
 * The handler of `compliance.ask-model`: asks the model about one text, beside the rules and never in their place, and
 * writes down what it said. What it says may bring a person into the decision of stage 3; it changes no byte of the
 * verdict. A job that comes again after a crash finds its deadline passed and asks nobody.
 */
export async function askModel(caller: Ctx, payload: unknown): Promise<void> {
  const job = modelJob.payload.parse(payload)
  const { advisorId, checkId, contentId } = job
  const ctx = withinFirm(caller, advisorId)
  const { ai } = ctx.clients
  const waiting = await readWaiting(ctx, job)
  if (!ai || !waiting) return
  const { version, check, advisor, ruleSetDigest } = waiting
  const question = questionAbout(subjectOf(version, advisor, check, ctx.now()), {
    boundary: boundaryFor(ctx, advisorId, version),
    names: [advisor.displayName],
  })
  const startedAt = performance.now()
  const asked = { ai, question, advisorId, ruleSetDigest, deadline: new Date(job.deadline) }
  const { text, value, ...said } = await consult(ctx, asked)
  const judged =
    text === null ? { outcome: outcomeOf(said), concerns: [] } : judgeAnswer(version.text, question.shown, value)
  await recordModelUse(ctx, {
    ...said,
    ...judged,
    advisorId,
    checkId,
    contentId,
    versionId: version.id,
    versionHash: version.hash,
    ruleSetDigest,
    provider: ai.model.provider,
    model: ai.model.model,
    promptDigest: question.digest,
    outputDigest: text === null ? null : digestOfWords(text),
    tookMs: Math.round(performance.now() - startedAt),
  })
}

interface Waiting {
  version: Current
  check: Check
  advisor: AdvisorFacts
  ruleSetDigest: string
}

/** The check still waits for stage 3 and for a first answer, and the firm still allows the model; else null. */
async function readWaiting(ctx: Ctx, job: z.output<typeof modelJob.payload>): Promise<Waiting | null> {
  const { advisorId, checkId, contentId, versionId } = job
  const [version, check, advisor, use] = await Promise.all([
    readCurrent(ctx.db.read, advisorId, contentId),
    readCheck(ctx.db.read, advisorId, checkId),
    readAdvisor(ctx.db.read, advisorId),
    readModelUse(ctx.db.read, advisorId, checkId),
  ])
  if (use || version?.id !== versionId || version.status !== 'checking') return null
  if (check?.state !== 'running' || check.stagesDone !== 2) return null
  if (check.ruleSetDigest === null || !advisor || !wantsModel(ctx, advisor, check.findings)) return null
  return { version, check, advisor, ruleSetDigest: check.ruleSetDigest }
}

/** A line that the author of the text cannot guess, and that is the same whenever the same text is asked about. */
function boundaryFor(ctx: Ctx, advisorId: string, version: Current): string {
  const secret = ctx.keys.lookupHash('ai boundary', `${advisorId}\n${version.hash}`)
  return `==== ${secret.toString('hex').slice(0, 32)}`
}

const outcomeOf = ({ source }: Pick<Said, 'source'>) =>
  source === 'none' ? ('not_asked' as const) : ('failed' as const)

/** From the cache, else from the model, if time, budget and circuit allow a call. */
async function consult(ctx: Ctx, asked: Asked): Promise<Said> {
  const known = await recallAnswer(ctx, asked)
  if (known) return { ...SILENT, source: 'cache', reason: null, ...known }
  const timeoutMs = asked.deadline.getTime() - ctx.now().getTime()
  const reason = timeoutMs < SHORTEST_MS ? 'too_late' : await takeModelCall(ctx, asked.advisorId)
  if (reason !== null) return { ...SILENT, source: 'none', reason }
  const { system, user } = asked.question
  try {
    const answer = await asked.ai.model.ask({ system, user, answer: ModelAnswer }, { timeoutMs })
    if (answer.value !== null) await rememberAnswer(ctx, asked, answer.text)
    return { source: 'model', reason: null, ...answer }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    ctx.log.warn({ part: 'ai', ...describeError(error) }, 'the model gave no answer')
    return { ...SILENT, source: 'model', reason: reasonOf(error) }
  }
}

function reasonOf({ vendorCode: status }: UpstreamError): AiReason {
  if (status === undefined) return 'no_answer'
  if (status === 429) return 'rate_limited'
  return status === 401 || status === 403 ? 'key_refused' : 'vendor_failed'
}
