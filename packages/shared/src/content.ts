import { z } from 'zod'
import { Audience, Channel, ContentText, Finding, Language, LicenceType, Outcome, Verdict } from './compliance.ts'
import { Id, line, PageInput, page, Time } from './fields.ts'

export const ContentStatus = z.enum([
  'draft',
  'checking',
  'changes_required',
  'in_review',
  'approved',
  'rejected',
  'scheduled',
  'published',
  'suspended',
  'expired',
  'withdrawn',
  'archived',
])
export type ContentStatus = z.infer<typeof ContentStatus>

export const CreateContentInput = z.strictObject({
  content: ContentText,
  language: Language.optional(),
  topic: line(80).optional(),
  channel: Channel.default('whatsapp'),
  audience: Audience.default('clients'),
  externalId: line(120).optional(),
  submit: z.boolean().default(false),
})
export const CreateContentView = z.object({
  contentId: Id,
  versionId: Id,
  status: ContentStatus,
  /** When the author may expect a decision; null while nothing is submitted. */
  estimatedApprovalTime: Time.nullable(),
})

export const ReviseContentInput = z.strictObject({
  id: Id,
  content: ContentText,
  language: Language.optional(),
  channel: Channel.optional(),
  audience: Audience.optional(),
  submit: z.boolean().default(false),
})

export const ContentIdInput = z.strictObject({ id: Id })

export const ContentListInput = PageInput.extend({
  status: ContentStatus.optional(),
  topic: line(80).optional(),
  q: line(120).optional(),
})

export const ContentSummary = z.object({
  contentId: Id,
  versionId: Id,
  versionNumber: z.int(),
  status: ContentStatus,
  topic: z.string().nullable(),
  externalId: z.string().nullable(),
  excerpt: z.string(),
  createdAt: Time,
  updatedAt: Time,
})
export type ContentSummary = z.infer<typeof ContentSummary>
export const ContentPage = page(ContentSummary)

export const VersionView = z.object({
  versionId: Id,
  number: z.int(),
  content: z.string(),
  channel: Channel,
  audience: Audience,
  language: Language.nullable(),
  hash: z.string(),
  createdAt: Time,
})
export type VersionView = z.infer<typeof VersionView>

export const ContentView = ContentSummary.omit({ excerpt: true }).extend({
  content: z.string(),
  channel: Channel,
  audience: Audience,
  language: Language.nullable(),
  hash: z.string(),
})
export type ContentView = z.infer<typeof ContentView>

export const VersionPage = page(VersionView)
export const VerdictPage = page(Verdict.extend({ id: Id, versionId: Id, checkedAt: Time }))

export const ReviewState = z.enum(['open', 'claimed', 'suggested', 'approved', 'rejected', 'withdrawn'])
export type ReviewState = z.infer<typeof ReviewState>

/** Why an officer is asked: a verdict asks for a decision, an author appeals against one, an approval is looked at again. */
export const ReviewKind = z.enum(['decision', 'appeal', 'second_look'])
export type ReviewKind = z.infer<typeof ReviewKind>

/** `sole_practitioner`: the firm is one person, so that nobody there but the author could look at it. Stands in the proof. */
export const ReviewPath = z.enum(['firm', 'sole_practitioner'])
export type ReviewPath = z.infer<typeof ReviewPath>

/** That an officer set aside the finding that stands at this place of `findings`, counted from 0. */
export const OverrideView = z.object({
  finding: z.int(),
  officerId: Id,
  reason: z.string(),
  validUntil: Time.nullable(),
})
/** How much of a refused text stands in another one, in per cent of what either says and of what the refused one says. */
const RewriteLink = z.object({ reviewId: Id, alike: z.int(), contained: z.int() })

export const DiffPart = z.object({ kind: z.enum(['same', 'gone', 'new']), text: z.string() })
export type DiffPart = z.infer<typeof DiffPart>

/** Refused texts that the text of a review is a rewrite of. The parts of `diff` that are not `new` give the refused text. */
export const RewritesView = z.object({
  items: z.array(
    RewriteLink.extend({
      contentId: Id,
      content: z.string(),
      reason: z.string(),
      /** The rule that the officer named. */
      ruleId: z.string().nullable(),
      refusedAt: Time,
      diff: z.array(DiffPart),
    }),
  ),
})
export const ReviewView = z.object({
  id: Id,
  contentId: Id,
  versionId: Id,
  advisor: z.object({ id: Id, displayName: z.string() }),
  kind: ReviewKind,
  path: ReviewPath,
  state: ReviewState,
  claimedBy: Id.nullable(),
  claimedUntil: Time.nullable(),
  /** How many officers must approve, and who did so first. */
  approvalsNeeded: z.int(),
  endorsedBy: Id.nullable(),
  content: z.string(),
  renderedText: z.string(),
  outcome: Outcome,
  score: z.int(),
  /** The score and what stands beside the verdict: 15 for a concern of the model, 35 for a rewrite of a refused text. */
  priority: z.int(),
  findings: z.array(Finding),
  ai: Verdict.shape.ai,
  /** Refused texts that this one is a rewrite of; `GET /api/reviews/{id}/rewrites` shows them. */
  rewrites: z.array(RewriteLink),
  overrides: z.array(OverrideView),
  dueAt: Time,
  escalatedAt: Time.nullable(),
  createdAt: Time,
})
export type ReviewView = z.infer<typeof ReviewView>
export const ReviewPage = page(ReviewView)
export const ReviewListInput = PageInput.extend({
  state: ReviewState.default('open'),
  sort: z.enum(['due', 'risk']).default('due'),
})
export const ReviewIdInput = z.strictObject({ id: Id })
export const ApproveReviewInput = z.strictObject({ id: Id, note: line(1000) })
export const RejectReviewInput = z.strictObject({ id: Id, reason: line(1000), ruleId: line(60).optional() })
export const SuggestInput = z.strictObject({ id: Id, content: ContentText, note: line(1000) })
export const OverrideFindingInput = z.strictObject({
  id: Id,
  finding: z.int().min(0),
  reason: line(1000),
  /** Until when the override counts; an approval that rests on it ends then. Needed for a block. */
  validUntil: Time.optional(),
})
export const ReviewDecisionView = z.object({ id: Id, state: ReviewState, contentId: Id, contentStatus: ContentStatus })
export const AppealInput = z.strictObject({ id: Id, reason: line(1000) })

export const SuggestionState = z.enum(['offered', 'accepted', 'declined'])
export const SuggestionView = z.object({
  id: Id,
  content: z.string(),
  note: z.string(),
  state: SuggestionState,
  createdAt: Time,
})
export const SuggestionsView = z.object({ items: z.array(SuggestionView) })
export const AnswerSuggestionInput = z.strictObject({ id: Id, suggestionId: Id })

/** The signed approval. `statement` is the exact signed text (RFC 8785 JSON); `signature` is Ed25519 over `pramaan-proof/v1\n` + statement. */
export const Proof = z.object({
  id: Id,
  statement: z.string(),
  keyId: z.string(),
  signature: z.string(),
  expiresAt: Time,
  valid: z.boolean(),
})
export const ProofView = z.object({ proof: Proof })
/** What a proof states. */
export const ProofStatement = z.object({
  type: z.literal('pramaan-proof/v1'),
  id: Id,
  advisorId: Id,
  contentId: Id,
  versionId: Id,
  versionHash: z.string(),
  renderedText: z.string(),
  channel: Channel,
  audience: Audience,
  ruleSetDigest: z.string(),
  /** The registrations that the footer names: with one of them the approval ends. */
  licences: z.array(z.object({ type: LicenceType, number: z.string() })),
  verdictId: Id,
  approvedVia: z.enum(['policy', 'reviewer']),
  /** Whoever approved last; all of them stand in `approvers`. */
  approverId: Id.nullable(),
  approvers: z.array(Id),
  path: ReviewPath.nullable(),
  approvedAt: Time,
  expiresAt: Time,
})
export type ProofStatement = z.infer<typeof ProofStatement>
