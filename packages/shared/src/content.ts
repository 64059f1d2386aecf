import { z } from 'zod'
import { Audience, Channel, ContentText, Finding, Language, Outcome, Verdict } from './compliance.ts'
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

export const ReviewState = z.enum(['open', 'claimed', 'approved', 'rejected', 'withdrawn'])
export const ReviewView = z.object({
  id: Id,
  contentId: Id,
  versionId: Id,
  advisor: z.object({ id: Id, displayName: z.string() }),
  state: ReviewState,
  claimedBy: Id.nullable(),
  content: z.string(),
  renderedText: z.string(),
  outcome: Outcome,
  score: z.int(),
  findings: z.array(Finding),
  ai: Verdict.shape.ai,
  createdAt: Time,
})
export type ReviewView = z.infer<typeof ReviewView>
export const ReviewPage = page(ReviewView)
export const ReviewListInput = PageInput.extend({ state: ReviewState.default('open') })
export const ReviewIdInput = z.strictObject({ id: Id })
export const ApproveReviewInput = z.strictObject({ id: Id, note: line(1000) })
export const RejectReviewInput = z.strictObject({ id: Id, reason: line(1000), ruleId: line(60).optional() })
export const ReviewDecisionView = z.object({ id: Id, state: ReviewState, contentId: Id, contentStatus: ContentStatus })

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
  verdictId: Id,
  approvedVia: z.enum(['policy', 'reviewer']),
  approverId: Id.nullable(),
  approvedAt: Time,
  expiresAt: Time,
})
export type ProofStatement = z.infer<typeof ProofStatement>
