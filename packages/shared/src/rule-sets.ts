import { z } from 'zod'
import { Outcome } from './compliance.ts'
import { ContentStatus } from './content.ts'
import { Id, line, PageInput, page, Time } from './fields.ts'

export const RuleImpactState = z.enum(['running', 'done', 'failed'])

/** `stricter`: the candidate sends back or asks a person where the present verdict does not; `looser` the other way. */
export const FlipDirection = z.enum(['stricter', 'looser'])
export type FlipDirection = z.infer<typeof FlipDirection>

const RuleId = line(60)

/**
 * A candidate as a change to the rules of this build: rules that come in or replace those of the same id, rules that go,
 * and concepts whose words are replaced.
 */
export const RequestImpactInput = z.strictObject({
  version: line(40),
  rules: z
    .array(z.looseObject({ id: RuleId }))
    .max(200)
    .default([]),
  retire: z.array(RuleId).max(200).default([]),
  concepts: z.record(z.string(), z.array(z.string())).default({}),
})

export const RuleImpactView = z.object({
  id: Id,
  version: z.string(),
  digest: z.string(),
  baseDigest: z.string(),
  state: RuleImpactState,
  judged: z.int(),
  stricter: z.int(),
  looser: z.int(),
  /** Texts on which the candidate's rules threw; each counts as stricter. */
  failed: z.int(),
  requestedBy: Id,
  createdAt: Time,
  finishedAt: Time.nullable(),
  proposedBy: Id.nullable(),
  activatedBy: Id.nullable(),
  activatedAt: Time.nullable(),
})
export type RuleImpactView = z.infer<typeof RuleImpactView>

export const RuleFlip = z.object({
  advisorId: Id,
  contentId: Id,
  versionId: Id,
  status: ContentStatus,
  direction: FlipDirection,
  from: Outcome,
  to: Outcome.nullable(),
  rulesGone: z.array(z.string()),
  rulesNew: z.array(z.string()),
})
export type RuleFlip = z.infer<typeof RuleFlip>

export const ImpactIdInput = z.strictObject({ id: Id })
export const GetImpactInput = PageInput.extend({ id: Id })
export const ImpactReportView = z.object({ impact: RuleImpactView, flips: page(RuleFlip) })
export type ImpactReportView = z.infer<typeof ImpactReportView>
export const RuleSetPage = page(RuleImpactView)
