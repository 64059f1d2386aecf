import { addLicence, listLicences, submitEvidence } from '@pramaan/core/identity'
import { LicenceView, LicenceWithEvidence, SubmitEvidenceView } from '@pramaan/shared'
import { z } from 'zod'
import { Nothing, procedure, router } from '../trpc.ts'

const tags = ['Advisor']

export const licencesRouter = router({
  list: procedure
    .meta({ rest: { method: 'GET', path: '/advisor/licences', summary: 'The licences of your firm', tags } })
    .input(Nothing)
    .output(z.object({ items: z.array(LicenceWithEvidence) }))
    .query(({ ctx, input }) => listLicences(ctx.core, input)),

  add: procedure
    .meta({
      rest: { method: 'POST', path: '/advisor/licences', status: 201, summary: 'Claim one more licence', tags },
    })
    .input(addLicence.input)
    .output(LicenceView)
    .mutation(({ ctx, input }) => addLicence(ctx.core, input)),

  submitEvidence: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/advisor/licences/{id}/evidence',
        status: 201,
        summary: 'Hand in a document (base64, up to 150 KB) or a reference for a licence',
        tags,
      },
    })
    .input(submitEvidence.input)
    .output(SubmitEvidenceView)
    .mutation(({ ctx, input }) => submitEvidence(ctx.core, input)),
})
