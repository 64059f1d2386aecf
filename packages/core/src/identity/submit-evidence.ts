import { schema } from '@pramaan/db'
import { MAX_EVIDENCE_BYTES, SubmitEvidenceInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { advisorIdOf, userIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { evidencePlace, evidenceView } from './evidence-rows.ts'
import { viewOfLicence } from './licence-rows.ts'
import { isOfType } from './rules/evidence.ts'
import { moveLicenceState } from './rules/licence.ts'

const { licenceEvidence, licences } = schema

const DOCUMENTS_AT_MOST = 20

/**
 * Hands in evidence for a licence: a document or a reference in words. A claimed, refused or lapsed licence waits for a
 * decision from then on; one that waits already, or is about to lapse, stays as it is and has one document more.
 *
 * @throws AppError `not_found`; `invalid_input` for a document that is not what it says; `payload_too_large`;
 *   `invalid_state` for a verified licence, or one with too many documents
 */
export const submitEvidence = command({
  name: 'licence.submit_evidence',
  input: SubmitEvidenceInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const size = sizeOf(input)
    const which = and(eq(licences.advisorId, advisorId), eq(licences.id, input.id))
    const [licence] = await ctx.tx.select().from(licences).where(which).for('update')
    if (!licence) throw notFound('licence')
    const to = moveLicenceState(licence.state, 'submit_evidence', 'member')
    if (!to && licence.state !== 'evidence' && licence.state !== 'lapsing') {
      throw new AppError('invalid_state', 'This licence is verified. Nothing more is needed.')
    }
    const sameLicence = and(eq(licenceEvidence.advisorId, advisorId), eq(licenceEvidence.licenceId, input.id))
    if ((await ctx.tx.$count(licenceEvidence, sameLicence)) >= DOCUMENTS_AT_MOST) {
      throw new AppError('invalid_state', `There are ${DOCUMENTS_AT_MOST} documents already. Write to us instead.`)
    }
    const id = ctx.newId()
    const document = ctx.keys.seal(await ctx.keys.dataKeyOf(ctx.tx, advisorId), evidencePlace(id), input.data)
    const createdAt = ctx.now()
    const row = { advisorId, id, licenceId: input.id, type: input.type, document, size, createdAt }
    const writes: Promise<unknown>[] = [
      ctx.tx
        .insert(licenceEvidence)
        .values({ ...row, submittedBy: userIdOf(ctx) })
        .execute(),
    ]
    if (to) writes.push(ctx.tx.update(licences).set({ state: to }).where(which).execute())
    const state = to ?? licence.state
    return {
      output: { licence: viewOfLicence({ ...licence, state }), evidence: evidenceView(row) },
      audit: {
        action: 'licence.evidence_submitted',
        objectType: 'licence',
        objectId: input.id,
        from: licence.state,
        to: state,
        detail: { evidenceId: id, type: input.type, size },
      },
      writes,
    }
  },
})

/** @throws AppError `invalid_input`, `payload_too_large` */
function sizeOf({ type, data }: z.output<typeof SubmitEvidenceInput>): number {
  if (type === 'reference') return Buffer.byteLength(data)
  const document = Buffer.from(data, 'base64')
  if (document.length > MAX_EVIDENCE_BYTES) {
    throw new AppError(
      'payload_too_large',
      `A document may hold ${MAX_EVIDENCE_BYTES / 1024} KB. Scan it in grey, or send one page.`,
    )
  }
  if (!isOfType(document, type))
    throw new AppError('invalid_input', `This document is no ${type}. Send pdf, png or jpeg.`)
  return document.length
}
