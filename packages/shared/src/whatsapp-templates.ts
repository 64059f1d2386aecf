import { z } from 'zod'
import { Id, line, PageInput, page, Time } from './fields.ts'

/** Languages in which a firm may write a template, by WhatsApp's codes. */
export const TemplateLanguage = z.enum(['en', 'hi', 'mr', 'gu', 'ta', 'te', 'kn', 'ml', 'bn', 'pa'])
/** What WhatsApp calls `AUTHENTICATION` are one-time codes, which carry no text of a firm. */
export const TemplateCategory = z.enum(['MARKETING', 'UTILITY'])

const TemplateName = z.string().regex(/^[a-z0-9_]{1,512}$/, { message: 'must be small letters, digits and _' })
/** One paragraph with the variables `{{1}}`, `{{2}}`, ... in order. Who writes, footer and way out are added. */
const TemplateBody = line(1_024)
/** What each variable could hold, for WhatsApp's review. */
const Examples = z.array(line(300)).max(20).default([])

export const CreateTemplateInput = z.strictObject({
  name: TemplateName,
  language: TemplateLanguage.default('en'),
  category: TemplateCategory,
  body: TemplateBody,
  examples: Examples,
})
export const EditTemplateInput = z.strictObject({ id: Id, body: TemplateBody, examples: Examples })
export const TemplateIdInput = z.strictObject({ id: Id })
export const TemplateListInput = PageInput
/** What fills the variables of a template, in their order. */
export const TemplateParameters = z.array(line(1_024)).max(20)

export const TemplateView = z.object({
  id: Id,
  name: z.string(),
  language: z.string(),
  /** As what WhatsApp charges it, and as what it is going to; both may differ from what was asked for. */
  category: z.string(),
  nextCategory: z.string().nullable(),
  /** What one message in India costs by it, in thousandths of a paisa and before tax; null where there is no price. */
  perMessageMillipaise: z.int().nullable(),
  nextPerMessageMillipaise: z.int().nullable(),
  status: z.string(),
  /** The firm's own words; null, with the reason in `unfit`, where the template cannot carry an approved text. */
  body: z.string().nullable(),
  unfit: z.string().nullable(),
  rejectedReason: z.string().nullable(),
  quality: z.string().nullable(),
  createdAt: Time,
  updatedAt: Time,
})
export const TemplatePage = page(TemplateView)
export const SyncedTemplatesView = z.object({
  /** How many WhatsApp lists beside the one of the product, and what was new, different or gone here. */
  listed: z.int(),
  added: z.int(),
  changed: z.int(),
  gone: z.int(),
})
