import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import { advisorIdOf, type CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { lockFirm } from './lock-firm.ts'
import { requireStepUp } from './require-step-up.ts'

const { apiKeys } = schema

/**
 * The one door to making, rotating and revoking keys: whatever must hold before any of them is asked here. Locks the
 * firm, so that changes take turns and the number of keys can be counted.
 *
 * @throws AppError `step_up_required`
 */
export async function lockKeys(ctx: CommandCtx): ReturnType<typeof lockFirm> {
  requireStepUp(ctx)
  return lockFirm(ctx.tx, advisorIdOf(ctx), ctx.now())
}

/** `lockKeys` for what gives out a secret. @throws AppError `forbidden` in a suspended firm */
export async function requireKeyMaker(ctx: CommandCtx): ReturnType<typeof lockFirm> {
  const firm = await lockKeys(ctx)
  if (firm.status !== 'active') {
    throw new AppError('forbidden', 'This account is suspended. Keys can be revoked, but none can be made.')
  }
  return firm
}

/** A key of the caller's firm. @throws AppError `not_found` */
export async function requireKey(ctx: CommandCtx, id: string) {
  const [key] = await ctx.tx
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.advisorId, advisorIdOf(ctx)), eq(apiKeys.id, id)))
  if (!key) throw notFound('API key')
  return key
}
