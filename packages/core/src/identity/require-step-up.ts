import type { Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'

/** For how long a sign-in or a step-up counts as fresh. */
const FRESH_MS = 10 * 60 * 1000

/**
 * For use cases that whoever finds an open screen, or steals a token, must not get at: address, password, second factor,
 * API keys, payment, deletion (OWASP ASVS 5.0, 7.5.1).
 *
 * @throws AppError `step_up_required` unless the person proved who they are within the last ten minutes
 */
export function requireStepUp(ctx: Ctx): void {
  const { actor } = ctx
  const at = actor.kind === 'user' ? (actor.steppedUpAt?.getTime() ?? 0) : 0
  if (ctx.now().getTime() - at < FRESH_MS) return
  throw new AppError(
    'step_up_required',
    'Prove once more who you are: send your password or the code of your authenticator to /api/auth/step-up, then ' +
      'repeat this with the access token that you get there.',
  )
}
