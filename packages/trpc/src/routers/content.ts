import { listObjectEvents } from '@pramaan/core/audit'
import {
  acceptSuggestion,
  appealVerdict,
  declineSuggestion,
  listSuggestions,
  listVerdicts,
} from '@pramaan/core/compliance'
import {
  createContent,
  getContent,
  listContent,
  listVersions,
  reviseContent,
  submitContent,
  withdrawContent,
} from '@pramaan/core/content'
import {
  AuditPage,
  ContentPage,
  ContentView,
  CreateContentView,
  SuggestionsView,
  VerdictPage,
  VersionPage,
} from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Content']

export const contentRouter = router({
  create: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/content',
        status: 201,
        summary: 'Write a text, and submit it if you like',
        tags,
      },
    })
    .input(createContent.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => createContent(ctx.core, input)),

  list: procedure
    .meta({ rest: { method: 'GET', path: '/content', summary: 'Your texts, newest first', tags } })
    .input(listContent.input)
    .output(ContentPage)
    .query(({ ctx, input }) => listContent(ctx.core, input)),

  get: procedure
    .meta({
      rest: { method: 'GET', path: '/content/{id}', summary: 'One text with its newest version', tags },
      versionField: 'hash',
    })
    .input(getContent.input)
    .output(ContentView)
    .query(({ ctx, input }) => getContent(ctx.core, input)),

  revise: procedure
    .meta({
      rest: { method: 'PATCH', path: '/content/{id}', summary: 'Write a new version', tags },
      versionField: 'hash',
    })
    .input(reviseContent.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => reviseContent(ctx.core, input)),

  submit: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/content/{id}/submit',
        summary: 'Have the newest version checked',
        tags,
      },
    })
    .input(submitContent.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => submitContent(ctx.core, input)),

  withdraw: procedure
    .meta({ rest: { method: 'POST', path: '/content/{id}/withdraw', summary: 'Take a text back', tags } })
    .input(withdrawContent.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => withdrawContent(ctx.core, input)),

  appeal: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/content/{id}/appeal',
        summary: 'Ask a reviewer to look at a verdict that sent a text back',
        tags,
      },
    })
    .input(appealVerdict.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => appealVerdict(ctx.core, input)),

  suggestions: procedure
    .meta({
      rest: { method: 'GET', path: '/content/{id}/suggestions', summary: 'Words that reviewers proposed', tags },
    })
    .input(listSuggestions.input)
    .output(SuggestionsView)
    .query(({ ctx, input }) => listSuggestions(ctx.core, input)),

  acceptSuggestion: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/content/{id}/suggestions/{suggestionId}/accept',
        summary: 'Take proposed words as a new version, and have it checked',
        tags,
      },
    })
    .input(acceptSuggestion.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => acceptSuggestion(ctx.core, input)),

  declineSuggestion: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/content/{id}/suggestions/{suggestionId}/decline',
        summary: 'Leave proposed words; the review goes on',
        tags,
      },
    })
    .input(declineSuggestion.input)
    .output(CreateContentView)
    .mutation(({ ctx, input }) => declineSuggestion(ctx.core, input)),

  versions: procedure
    .meta({
      rest: { method: 'GET', path: '/content/{id}/versions', summary: 'All versions of a text', tags },
    })
    .input(listVersions.input)
    .output(VersionPage)
    .query(({ ctx, input }) => listVersions(ctx.core, input)),

  verdicts: procedure
    .meta({ rest: { method: 'GET', path: '/content/{id}/verdicts', summary: 'What the checks found', tags } })
    .input(listVerdicts.input)
    .output(VerdictPage)
    .query(({ ctx, input }) => listVerdicts(ctx.core, input)),

  audit: procedure
    .meta({ rest: { method: 'GET', path: '/content/{id}/audit', summary: 'What happened to a text', tags } })
    .input(listObjectEvents.input)
    .output(AuditPage)
    .query(({ ctx, input }) => listObjectEvents(ctx.core, input)),
})
