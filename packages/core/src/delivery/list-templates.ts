import { TemplateListInput } from '@pramaan/shared'
import { advisorIdOf } from '../platform/context.ts'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { readTemplates } from './template-queries.ts'
import { templateView } from './template-view.ts'

/** The firm's own templates, newest first, as far as we know of them. */
export const listTemplates = query({
  name: 'whatsapp_template.list',
  input: TemplateListInput,
  async run(ctx, { cursor, limit }) {
    const advisorId = advisorIdOf(ctx)
    const list = `whatsapp_templates:${advisorId}`
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, list, cursor)
    const rows = await readTemplates(ctx.db.read, { advisorId, before, limit: limit + 1 })
    return toPage(ctx.keys, list, rows, { limit, keyOf: (row) => row.id, view: (row) => templateView(row, ctx.now()) })
  },
})
