import {
  approveTranslation,
  listProposedTranslations,
  listTranslations,
  proposeTranslation,
  refuseTranslation,
} from '@pramaan/core/compliance'
import { TranslationPage, TranslationQueuePage, TranslationView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Warnings']

/** The standard warnings in other languages: the firm words them, a reviewer approves them. */
export const translationsRouter = router({
  list: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/compliance/translations',
        summary: 'Your translations of the standard warnings',
        tags,
      },
    })
    .input(listTranslations.input)
    .output(TranslationPage)
    .query(({ ctx, input }) => listTranslations(ctx.core, input)),

  propose: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/compliance/translations',
        status: 201,
        summary: 'Propose a standard warning in the language of your texts',
        tags,
      },
    })
    .input(proposeTranslation.input)
    .output(TranslationView)
    .mutation(({ ctx, input }) => proposeTranslation(ctx.core, input)),

  proposed: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/reviews/translations',
        summary: 'Translations of all advisors that wait for a reviewer',
        tags,
      },
    })
    .input(listProposedTranslations.input)
    .output(TranslationQueuePage)
    .query(({ ctx, input }) => listProposedTranslations(ctx.core, input)),

  approve: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/translations/{id}/approve',
        summary: 'Let a translation stand under texts in its language',
        tags,
      },
    })
    .input(approveTranslation.input)
    .output(TranslationView)
    .mutation(({ ctx, input }) => approveTranslation(ctx.core, input)),

  refuse: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reviews/translations/{id}/refuse',
        summary: 'Refuse a translation',
        tags,
      },
    })
    .input(refuseTranslation.input)
    .output(TranslationView)
    .mutation(({ ctx, input }) => refuseTranslation(ctx.core, input)),
})
