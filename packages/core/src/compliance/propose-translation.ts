import { schema } from '@pramaan/db'
import { ProposeTranslationInput, type TranslationView, type WarningLanguage } from '@pramaan/shared'
import { advisorIdOf, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { translationView } from './warning-translations.ts'

const SCRIPTS: Readonly<Record<WarningLanguage, RegExp>> = {
  hi: /^[\p{Script=Devanagari}\p{P}\p{N}\s]+$/u,
  mr: /^[\p{Script=Devanagari}\p{P}\p{N}\s]+$/u,
  gu: /^[\p{Script=Gujarati}\p{P}\p{N}\s]+$/u,
  ta: /^[\p{Script=Tamil}\p{P}\p{N}\s]+$/u,
}
/** Names that a translation may keep in Latin letters. */
const NAMES = /SEBI|BASL|RAASB|NISM|IA/g

/**
 * Proposes how a standard warning reads in the language of the firm's texts. It is used once a reviewer has approved it;
 * until then the warning stands in English.
 *
 * @throws AppError `invalid_input` for a text in other letters than those of the language
 */
export const proposeTranslation = command({
  name: 'translation.propose',
  input: ProposeTranslationInput,
  async run(ctx, input): Promise<Result<TranslationView>> {
    const text = input.text.normalize('NFC')
    if (!SCRIPTS[input.language].test(text.replaceAll(NAMES, ''))) {
      throw new AppError('invalid_input', 'Write the translation in the letters of its language.')
    }
    const advisorId = advisorIdOf(ctx)
    const row = { ...input, text, advisorId, id: ctx.newId(), proposedBy: userIdOf(ctx), createdAt: ctx.now() }
    const inserted = ctx.tx.insert(schema.warningTranslations).values(row)
    const { warning, language } = input
    return {
      output: translationView({ ...row, state: 'proposed', decidedBy: null, note: null, decidedAt: null }),
      audit: {
        action: 'translation.proposed',
        objectType: 'warning_translation',
        objectId: row.id,
        detail: { warning, language },
      },
      writes: [inserted.execute()],
    }
  },
})
