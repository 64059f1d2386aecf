import { z } from 'zod'
import { Id, line, PageInput, page, Time } from './fields.ts'

/**
 * The standard texts of the footer: W1 securities market, W2 registration (investment advisers; research analysts have
 * wording of their own), W4 mutual funds, and the line of insurance agents.
 */
export const WarningId = z.enum(['W1', 'W2', 'W2_RA', 'W4', 'INS'])
export type WarningId = z.infer<typeof WarningId>

/** Languages of texts whose warnings belong in the same language. Hinglish in Latin letters keeps the English ones. */
export const WarningLanguage = z.enum(['hi', 'mr', 'gu', 'ta'])
export type WarningLanguage = z.infer<typeof WarningLanguage>

/** Of one warning in one language at most one translation is `approved`; the one before it is `replaced` by it. */
export const TranslationState = z.enum(['proposed', 'approved', 'refused', 'replaced'])
export type TranslationState = z.infer<typeof TranslationState>

/** One line: it becomes part of a parameter of a WhatsApp template. */
export const ProposeTranslationInput = z.strictObject({
  warning: WarningId,
  language: WarningLanguage,
  text: line(600, 20).regex(/[\u0900-\u0dff]/, { message: 'must be written in the letters of its language' }),
})

export const TranslationView = z.object({
  id: Id,
  warning: WarningId,
  language: WarningLanguage,
  /** What it translates, word for word. */
  english: z.string(),
  text: z.string(),
  state: TranslationState,
  note: z.string().nullable(),
  proposedAt: Time,
  decidedAt: Time.nullable(),
})
export type TranslationView = z.infer<typeof TranslationView>
export const TranslationPage = page(TranslationView)

export const TranslationQueuePage = page(
  TranslationView.extend({ advisor: z.object({ id: Id, displayName: z.string() }) }),
)
export const TranslationListInput = PageInput
export const DecideTranslationInput = z.strictObject({ id: Id, note: line(1000) })
