import type { TemplateView } from '@pramaan/shared'
import type { z } from 'zod'
import { indianPrice } from './rules/own-template.ts'
import type { TemplateRow } from './template-queries.ts'

/** A template as its firm sees it, with what a message costs by it now and by the category that is announced. */
export function templateView(row: TemplateRow, now: Date): z.output<typeof TemplateView> {
  const { id, name, language, category, nextCategory, status, body, unfit, rejectedReason, quality } = row
  return {
    id,
    name,
    language,
    category,
    nextCategory,
    perMessageMillipaise: indianPrice(category, now),
    nextPerMessageMillipaise: nextCategory === null ? null : indianPrice(nextCategory, now),
    status,
    body,
    unfit,
    rejectedReason,
    quality,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
