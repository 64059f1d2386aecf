import {
  addRecipient,
  exportRecipients,
  importRecipients,
  listRecipients,
  optOutRecipient,
  setSegments,
} from '@pramaan/core/delivery'
import { ExportView, ImportedView, RecipientPage, RecipientView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const recipients = ['Recipients']

export const recipientsRouter = router({
  add: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/recipients',
        status: 201,
        summary: 'Add a recipient with the consent given',
        tags: recipients,
      },
    })
    .input(addRecipient.input)
    .output(RecipientView)
    .mutation(({ ctx, input }) => addRecipient(ctx.core, input)),

  list: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/recipients',
        summary: 'Your recipients, newest first',
        tags: recipients,
      },
    })
    .input(listRecipients.input)
    .output(RecipientPage)
    .query(({ ctx, input }) => listRecipients(ctx.core, input)),

  optOut: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/recipients/{id}/opt-out',
        summary: 'Record that somebody opted out',
        tags: recipients,
      },
    })
    .input(optOutRecipient.input)
    .output(RecipientView)
    .mutation(({ ctx, input }) => optOutRecipient(ctx.core, input)),

  import: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/recipients/import',
        summary: 'Add recipients with consent from CSV',
        tags: recipients,
        csv: true,
      },
    })
    .input(importRecipients.input)
    .output(ImportedView)
    .mutation(({ ctx, input }) => importRecipients(ctx.core, input)),

  export: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/recipients/export',
        summary: 'Your recipients as CSV, in parts',
        tags: recipients,
      },
    })
    .input(exportRecipients.input)
    .output(ExportView)
    .query(({ ctx, input }) => exportRecipients(ctx.core, input)),

  setSegments: procedure
    .meta({
      rest: {
        method: 'PUT',
        path: '/recipients/{id}/segments',
        summary: 'Put a recipient into segments',
        tags: recipients,
      },
    })
    .input(setSegments.input)
    .output(RecipientView)
    .mutation(({ ctx, input }) => setSegments(ctx.core, input)),
})
