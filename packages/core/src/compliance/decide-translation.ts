import { schema } from '@pramaan/db'
import { DecideTranslationInput, type TranslationView } from '@pramaan/shared'
import { and, asc, eq, sql } from 'drizzle-orm'
import { type CommandCtx, userIdOf } from '../platform/context.ts'
import { notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { translationView } from './warning-translations.ts'

const { warningTranslations } = schema

/** From now on this translation stands under texts in its language; the one before it is replaced. @throws AppError `not_found` */
export const approveTranslation = command({
  name: 'translation.approve',
  input: DecideTranslationInput,
  run: (ctx, { id, note }) => decide(ctx, id, 'approved', note),
})

/** @throws AppError `not_found` */
export const refuseTranslation = command({
  name: 'translation.refuse',
  input: DecideTranslationInput,
  run: (ctx, { id, note }) => decide(ctx, id, 'refused', note),
})

/**
 * Locks all translations of this warning into this language first, so that decisions about them take turns: of two
 * approvals the later one replaces the earlier, and who comes second to the same one finds it decided.
 */
async function decide(
  ctx: CommandCtx,
  id: string,
  state: 'approved' | 'refused',
  note: string,
): Promise<Result<TranslationView>> {
  const proposed = and(sql`${warningTranslations.state} = 'proposed'`, eq(warningTranslations.id, id))
  const [asked] = await ctx.tx.select().from(warningTranslations).where(proposed)
  if (!asked) throw nothingToDecide()
  const { advisorId, language, warning } = asked
  const ofThisWarning = and(
    eq(warningTranslations.advisorId, advisorId),
    eq(warningTranslations.language, language),
    eq(warningTranslations.warning, warning),
  )
  const locked = await ctx.tx
    .select()
    .from(warningTranslations)
    .where(ofThisWarning)
    .orderBy(asc(warningTranslations.id))
    .for('update')
  const found = locked.find((one) => one.id === id && one.state === 'proposed')
  if (!found) throw nothingToDecide()
  const decided = { state, note, decidedBy: userIdOf(ctx), decidedAt: ctx.now() }
  if (state === 'approved') {
    const before = and(ofThisWarning, eq(warningTranslations.state, 'approved'))
    await ctx.tx.update(warningTranslations).set({ state: 'replaced' }).where(before)
  }
  const mine = and(eq(warningTranslations.advisorId, advisorId), eq(warningTranslations.id, id))
  return {
    output: translationView({ ...found, ...decided }),
    audit: {
      action: `translation.${state}`,
      objectType: 'warning_translation',
      objectId: id,
      advisorId,
      from: 'proposed',
      to: state,
      reason: note,
      detail: { warning, language },
    },
    writes: [ctx.tx.update(warningTranslations).set(decided).where(mine).execute()],
  }
}

const nothingToDecide = () => notFound('translation that waits for a decision')
