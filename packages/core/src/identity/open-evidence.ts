import { schema } from '@pramaan/db'
import { EvidenceIdInput } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import { notFound } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { evidencePlace, evidenceView } from './evidence-rows.ts'

const { licenceEvidence } = schema

/** Shows an administrator one document. That they looked stands in the advisor's log. @throws AppError `not_found` */
export const openEvidence = command({
  name: 'licence.open_evidence',
  input: EvidenceIdInput,
  async run(ctx, { id, evidenceId }) {
    const [row] = await ctx.tx
      .select()
      .from(licenceEvidence)
      .where(and(eq(licenceEvidence.id, evidenceId), eq(licenceEvidence.licenceId, id)))
    if (!row) throw notFound('document')
    const { advisorId } = row
    const data = await ctx.keys.open(ctx.tx, advisorId, evidencePlace(evidenceId), row.document)
    return {
      output: { ...evidenceView(row), data },
      audit: {
        action: 'licence.evidence_opened',
        objectType: 'licence',
        objectId: id,
        advisorId,
        detail: { evidenceId },
      },
    }
  },
})
