import { z } from 'zod'
import { callGraph, type GraphServer } from './graph-request.ts'
import type { ListedTemplate, WhatsappClient } from './index.ts'

const Done = z.object({ success: z.literal(true) })
const Created = z.object({ id: z.string(), status: z.string(), category: z.string() })
const Listed = z.object({
  id: z.string(),
  name: z.string(),
  language: z.string(),
  status: z.string(),
  category: z.string(),
  rejected_reason: z.string().nullish(),
  quality_score: z.object({ score: z.string() }).nullish().catch(undefined),
  parameter_format: z.string().optional(),
  components: z.array(z.object({ type: z.string(), text: z.string().optional() })),
})
const Page = z.object({
  data: z.array(Listed),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
})

const FIELDS = 'id,name,language,status,category,rejected_reason,quality_score,parameter_format,components'

/** Fifty a page, with all their words, stay below the limit of an answer; an account holds up to 6,000. */
const PAGE = 50
const MAX_PAGES = 120

type TemplateCalls = Pick<WhatsappClient, 'createTemplate' | 'editTemplate' | 'deleteTemplate' | 'listTemplates'>

/** The part of the client that manages templates (Meta, "Template management"). */
export function templateCalls(server: GraphServer): TemplateCalls {
  const listPath = (wabaId: string) => `/${encodeURIComponent(wabaId)}/message_templates`
  const bodyOf = ({ body, examples }: { body: string; examples: string[] }) => [
    { type: 'BODY', text: body, ...(examples.length > 0 && { example: { body_text: [examples] } }) },
  ]
  return {
    async createTemplate(accessToken, wabaId, template) {
      const { name, language, category } = template
      const body = { name, language, category, parameter_format: 'POSITIONAL', components: bodyOf(template) }
      const path = listPath(wabaId)
      const call = { method: 'POST', path, label: 'create template', accessToken, body, repeatable: false } as const
      return await callGraph(server, call, Created)
    },

    async editTemplate(accessToken, templateId, template) {
      const path = `/${encodeURIComponent(templateId)}`
      const body = { components: bodyOf(template) }
      // Twice counts as two edits, of which WhatsApp allows one a day.
      const call = { method: 'POST', path, label: 'edit template', accessToken, body, repeatable: false } as const
      await callGraph(server, call, Done)
    },

    async deleteTemplate(accessToken, wabaId, { id, name }) {
      const query = { hsm_id: id, name }
      const path = listPath(wabaId)
      const call = { method: 'DELETE', path, label: 'delete template', accessToken, query, repeatable: false } as const
      await callGraph(server, call, Done)
    },

    async listTemplates(accessToken, wabaId, name) {
      const path = listPath(wabaId)
      const found: ListedTemplate[] = []
      let after: string | undefined
      for (let page = 0; page < MAX_PAGES; page++) {
        const query = { fields: FIELDS, limit: String(PAGE), ...(name && { name }), ...(after && { after }) }
        const call = { method: 'GET', path, label: 'list templates', accessToken, query, repeatable: true } as const
        const { data, paging } = await callGraph(server, call, Page)
        found.push(...data.map(listed))
        after = paging?.next === undefined ? undefined : paging.cursors?.after
        if (after === undefined) return found
      }
      throw new Error(`WhatsApp lists more than ${MAX_PAGES} pages of templates`)
    },
  }
}

function listed(template: z.output<typeof Listed>): ListedTemplate {
  const { id, name, language, status, category, rejected_reason, quality_score, parameter_format, components } =
    template
  const [body, ...others] = components
  const isPlain = body?.type === 'BODY' && others.length === 0 && parameter_format !== 'NAMED'
  return {
    id,
    name,
    language,
    status,
    category,
    rejectedReason: rejected_reason === 'NONE' ? null : (rejected_reason ?? null),
    quality: quality_score && quality_score.score !== 'UNKNOWN' ? quality_score.score : null,
    plainBody: isPlain ? (body.text ?? null) : null,
  }
}
