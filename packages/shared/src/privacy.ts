import { z } from 'zod'
import { Language } from './compliance.ts'
import { Id, line, Time, text } from './fields.ts'

/** Whose personal data is erased: a client of a firm, a person who signs in, or a firm with all of both. */
export const ErasureSubject = z.enum(['recipient', 'person', 'advisor'])
export type ErasureSubject = z.infer<typeof ErasureSubject>

/** `held`: a legal hold forbids it for now; it goes on by itself when the hold ends. */
export const ErasureState = z.enum(['requested', 'held', 'erased'])

export const EraseInput = z.strictObject({ password: z.string().min(1).max(128), confirm: z.literal('ERASE') })
export const EraseRecipientInput = z.strictObject({ id: Id, confirm: z.literal('ERASE') })

/** What a law keeps beyond the erasure: locked away for nobody's use, and destroyed by itself at the end. */
export const RetentionView = z.object({
  what: z.string(),
  clause: z.string(),
  until: Time,
  shreddedAt: Time.nullable(),
})
export type RetentionView = z.infer<typeof RetentionView>
export const ErasureView = z.object({
  id: Id,
  subject: z.object({ kind: ErasureSubject, id: Id }),
  state: ErasureState,
  requestedAt: Time,
  erasedAt: Time.nullable(),
  /** In plain words: what goes at once. */
  erases: z.array(z.string()),
  retains: z.array(RetentionView),
})
export type ErasureView = z.infer<typeof ErasureView>
export const ErasureList = z.object({ items: z.array(ErasureView) })

export const PlaceHoldInput = z.strictObject({ advisorId: Id, subjectId: Id.optional(), reason: line(500) })
export const ReleaseHoldInput = z.strictObject({ advisorId: Id, id: Id })
export const HoldView = z.object({
  id: Id,
  advisorId: Id,
  subjectId: Id.nullable(),
  reason: z.string(),
  placedAt: Time,
  releasedAt: Time.nullable(),
})

/** What we may do with the data of a person who signs in, beyond what running their account takes. */
export const PersonPurpose = z.enum(['product_news', 'usage_research'])
export const ConsentAction = z.enum(['granted', 'withdrawn'])
/** One call both ways, so that taking consent back is as easy as giving it (DPDP Act 2023, section 6(4)). */
export const RecordConsentInput = z.strictObject({
  purpose: PersonPurpose,
  action: ConsentAction,
  /** The notice that the person was shown. */
  noticeVersion: line(40),
  language: Language.default('en'),
})
export const PersonConsentView = z.object({
  id: Id,
  purpose: PersonPurpose,
  action: ConsentAction,
  noticeVersion: z.string(),
  language: z.string(),
  at: Time,
  /** The request in which it was said; the audit log names it too. */
  requestId: z.string(),
})
export const PersonConsentsView = z.object({
  /** What counts now; a purpose that nobody was asked about is not granted. */
  standing: z.array(z.object({ purpose: PersonPurpose, granted: z.boolean() })),
  items: z.array(PersonConsentView),
})

export const CorrectPersonInput = z.strictObject({ fullName: line(120) })
export const PersonView = z.object({ id: Id, fullName: z.string() })

/** Who may exercise the person's rights after death or incapacity (DPDP Act 2023, section 14). */
export const NomineeInput = z.strictObject({ name: line(120), contact: line(254) })
export const NomineeView = z.object({ name: z.string(), contact: z.string(), nominatedAt: Time })

export const GrievanceState = z.enum(['open', 'answered'])
export const RaiseGrievanceInput = z.strictObject({ text: text(4_000, 1) })
export const AnswerGrievanceInput = z.strictObject({ id: Id, answer: text(4_000, 1) })
export const GrievanceView = z.object({
  id: Id,
  state: GrievanceState,
  text: z.string(),
  raisedAt: Time,
  /** Ninety days after it was raised, at the latest (DPDP Rules 2025, rule 14). */
  dueAt: Time,
  answer: z.string().nullable(),
  answeredAt: Time.nullable(),
})
export const GrievanceList = z.object({ items: z.array(GrievanceView) })

/** Everything that is kept about the person who asks, in clear, and where it went. */
export const PersonExport = z.object({
  exportedAt: Time,
  person: z.object({
    id: Id,
    email: z.string(),
    fullName: z.string(),
    role: z.string(),
    createdAt: Time,
    lastSignInAt: Time.nullable(),
    secondFactor: z.boolean(),
  }),
  firm: z.object({ id: Id, displayName: z.string(), role: z.string() }).nullable(),
  consents: z.array(PersonConsentView),
  nominee: NomineeView.nullable(),
  grievances: z.array(GrievanceView),
  erasures: z.array(ErasureView),
  /** What is kept about the person, for what, how long, and who reads it; by table. */
  categories: z.array(
    z.object({
      data: z.string(),
      purpose: z.string(),
      retention: z.string(),
      readers: z.string(),
      columns: z.array(z.string()),
    }),
  ),
})

export const BreachAudience = z.enum(['cert_in', 'board', 'people'])
export const RecordBreachInput = z.strictObject({
  summary: text(4_000, 1),
  noticedAt: Time,
  /** What kinds of personal data, and how many people, as far as it is known. */
  dataConcerned: line(500),
  peopleConcerned: z.int().min(0).optional(),
  measures: text(4_000).default(''),
})
export const ReportBreachInput = z.strictObject({
  id: Id,
  to: BreachAudience,
  reference: line(200),
  reportedAt: Time.optional(),
})
const Clock = z.object({
  to: BreachAudience,
  rule: z.string(),
  dueAt: Time,
  reportedAt: Time.nullable(),
  reference: z.string().nullable(),
  overdue: z.boolean(),
  /** The report to fill in and send. */
  template: z.string(),
})
export const BreachView = z.object({ id: Id, summary: z.string(), noticedAt: Time, clocks: z.array(Clock) })
export type BreachView = z.infer<typeof BreachView>
export const BreachList = z.object({ items: z.array(BreachView) })
