import { z } from 'zod'
import { LicenceType } from './compliance.ts'
import { Day, Id, PageInput, page, Time, text } from './fields.ts'
import { LicenceState, LicenceView } from './identity.ts'

/** The largest document that is taken, in bytes; in base64 it fits into one body of 256 KB. */
export const MAX_EVIDENCE_BYTES = 150 * 1024
const MAX_BASE64 = Math.ceil(MAX_EVIDENCE_BYTES / 3) * 4
const MAX_REFERENCE = 1_000

export const EvidenceType = z.enum(['reference', 'pdf', 'png', 'jpeg'])
export type EvidenceType = z.infer<typeof EvidenceType>

/** Evidence for a licence: a reference in words, or a document in base64. */
export const SubmitEvidenceInput = z
  .strictObject({ id: Id, type: EvidenceType, data: text(MAX_BASE64, 1) })
  .superRefine(({ type, data }, ctx) => {
    if (type === 'reference') {
      if (data.trim() === '' || data.length > MAX_REFERENCE) {
        ctx.addIssue({ code: 'custom', path: ['data'], message: `must hold 1 to ${MAX_REFERENCE} characters` })
      }
    } else if (!z.base64().safeParse(data).success) {
      ctx.addIssue({ code: 'custom', path: ['data'], message: 'must be base64' })
    }
  })
export const EvidenceView = z.object({ id: Id, type: EvidenceType, size: z.int(), submittedAt: Time })
export type EvidenceView = z.infer<typeof EvidenceView>
export const LicenceWithEvidence = LicenceView.extend({ evidence: z.array(EvidenceView) })
export const SubmitEvidenceView = z.object({ licence: LicenceView, evidence: EvidenceView })
export const EvidenceIdInput = z.strictObject({ id: Id, evidenceId: Id })
export const EvidenceDocument = EvidenceView.extend({ data: z.string() })

/**
 * What the newest imported list of the register says about a number. `gone`: an earlier list had it. `unknown`: no list
 * was imported. None of them makes a licence verified.
 */
export const RegisterStanding = z.object({
  standing: z.enum(['listed', 'gone', 'absent', 'unknown']),
  name: z.string().nullable(),
  validUntil: Time.nullable(),
  listedOn: Day.nullable(),
})
export type RegisterStanding = z.infer<typeof RegisterStanding>

export const LicenceQueueInput = PageInput.extend({ state: LicenceState.optional() })
export const LicenceQueuePage = page(
  LicenceWithEvidence.extend({
    advisor: z.object({ id: Id, displayName: z.string() }),
    register: RegisterStanding,
  }),
)

/** A part of a published list. Numbers are compared with earlier lists only when the last part has come. */
export const ImportRegisterInput = z.strictObject({
  type: LicenceType,
  listedOn: Day,
  /** A heading line and at least one entry; see `readRegisterCsv`. */
  csv: text(200_000).regex(/\n/),
  complete: z.boolean().default(true),
})
export const ImportRegisterView = z.object({
  type: LicenceType,
  listedOn: Day,
  /** In this part. */
  entries: z.int(),
  complete: z.boolean(),
  /** Of the whole list, once it is complete. */
  total: z.int().nullable(),
  /** Numbers of earlier lists that this one lacks. */
  gone: z.int().nullable(),
})
