import { correctPerson } from '@pramaan/core/identity'
import {
  eraseAccount,
  eraseRecipient,
  exportFirm,
  exportPerson,
  listConsents,
  listErasures,
  listGrievances,
  nominate,
  raiseGrievance,
  recordConsent,
} from '@pramaan/core/privacy'
import {
  ErasureList,
  ErasureView,
  GrievanceList,
  GrievanceView,
  NomineeView,
  PackView,
  PersonConsentsView,
  PersonExport,
  PersonView,
} from '@pramaan/shared'
import { procedure, type RestMeta, router } from '../trpc.ts'

const rest = (method: RestMeta['method'], path: RestMeta['path'], summary: string, status?: 201 | 202) => ({
  rest: { method, path, summary, tags: ['Privacy'], ...(status ? { status } : {}) },
})

export const privacyRouter = router({
  export: procedure
    .meta(rest('GET', '/privacy/export', 'Everything that is kept about you'))
    .input(exportPerson.input)
    .output(PersonExport)
    .query(({ ctx, input }) => exportPerson(ctx.core, input)),

  exportFirm: procedure
    .meta(
      rest('POST', '/privacy/export/firm', 'Have all data of the firm made into one archive, fetched like a pack', 202),
    )
    .input(exportFirm.input)
    .output(PackView)
    .mutation(({ ctx, input }) => exportFirm(ctx.core, input)),

  consents: procedure
    .meta(rest('GET', '/privacy/consents', 'What you agreed to and took back'))
    .input(listConsents.input)
    .output(PersonConsentsView)
    .query(({ ctx, input }) => listConsents(ctx.core, input)),

  recordConsent: procedure
    .meta(rest('POST', '/privacy/consents', 'Agree to a purpose, or take it back', 201))
    .input(recordConsent.input)
    .output(PersonConsentsView)
    .mutation(({ ctx, input }) => recordConsent(ctx.core, input)),

  correct: procedure
    .meta(rest('PATCH', '/privacy/person', 'Correct your name'))
    .input(correctPerson.input)
    .output(PersonView)
    .mutation(({ ctx, input }) => correctPerson(ctx.core, input)),

  nominate: procedure
    .meta(rest('PUT', '/privacy/nominee', 'Name who acts for you after death or incapacity'))
    .input(nominate.input)
    .output(NomineeView)
    .mutation(({ ctx, input }) => nominate(ctx.core, input)),

  raiseGrievance: procedure
    .meta(rest('POST', '/privacy/grievances', 'Complain about how your data is handled', 201))
    .input(raiseGrievance.input)
    .output(GrievanceView)
    .mutation(({ ctx, input }) => raiseGrievance(ctx.core, input)),

  grievances: procedure
    .meta(rest('GET', '/privacy/grievances', 'Your complaints and their answers'))
    .input(listGrievances.input)
    .output(GrievanceList)
    .query(({ ctx, input }) => listGrievances(ctx.core, input)),

  erase: procedure
    .meta(rest('POST', '/privacy/erase', 'Erase yourself, or the firm as its last owner', 202))
    .input(eraseAccount.input)
    .output(ErasureView)
    .mutation(({ ctx, input }) => eraseAccount(ctx.core, input)),

  eraseRecipient: procedure
    .meta(rest('POST', '/privacy/recipients/{id}/erase', 'Erase a client who asked for it', 202))
    .input(eraseRecipient.input)
    .output(ErasureView)
    .mutation(({ ctx, input }) => eraseRecipient(ctx.core, input)),

  erasures: procedure
    .meta(rest('GET', '/privacy/erasures', 'What was erased, and what a law keeps until when'))
    .input(listErasures.input)
    .output(ErasureList)
    .query(({ ctx, input }) => listErasures(ctx.core, input)),
})
