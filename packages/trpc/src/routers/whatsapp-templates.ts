import { createTemplate, deleteTemplate, editTemplate, listTemplates, syncTemplates } from '@pramaan/core/delivery'
import { SyncedTemplatesView, TemplatePage, TemplateView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['WhatsApp templates']

export const whatsappTemplatesRouter = router({
  list: procedure
    .meta({ rest: { method: 'GET', path: '/whatsapp/templates', summary: 'Your own message templates', tags } })
    .input(listTemplates.input)
    .output(TemplatePage)
    .query(({ ctx, input }) => listTemplates(ctx.core, input)),

  create: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/whatsapp/templates',
        status: 201,
        summary: 'Make a template of your own at WhatsApp',
        tags,
      },
    })
    .input(createTemplate.input)
    .output(TemplateView)
    .mutation(({ ctx, input }) => createTemplate(ctx.core, input)),

  edit: procedure
    .meta({ rest: { method: 'PATCH', path: '/whatsapp/templates/{id}', summary: 'Give a template other words', tags } })
    .input(editTemplate.input)
    .output(TemplateView)
    .mutation(({ ctx, input }) => editTemplate(ctx.core, input)),

  delete: procedure
    .meta({ rest: { method: 'DELETE', path: '/whatsapp/templates/{id}', summary: 'Delete a template', tags } })
    .input(deleteTemplate.input)
    .output(TemplateView)
    .mutation(({ ctx, input }) => deleteTemplate(ctx.core, input)),

  sync: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/whatsapp/sync-templates',
        summary: 'Read the list of templates from WhatsApp again',
        tags,
      },
    })
    .input(syncTemplates.input)
    .output(SyncedTemplatesView)
    .mutation(({ ctx, input }) => syncTemplates(ctx.core, input)),
})
