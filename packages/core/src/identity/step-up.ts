import { StepUpInput } from '@pramaan/shared'
import { z } from 'zod'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command, steps } from '../platform/use-case.ts'
import { type Account, findAccount, limitGuesses } from './own-account.ts'
import { passwordsOf } from './passwords.ts'
import { recordRefusal } from './record-refusal.ts'
import { endSessions, Renewal, type Renewed, renewSession } from './renew-session.ts'
import { Factor, proveFactor, spendFactor } from './second-factor.ts'

/**
 * Proves once more who the caller is, by password or by a code. For ten minutes `requireStepUp` is content, for whoever
 * holds the access token or the cookie of the answer: the session goes on under a new id.
 *
 * @throws AppError `invalid_credentials`, `rate_limited`
 */
export const stepUp = steps({
  name: 'session.step_up',
  input: StepUpInput,
  async run(ctx, input): Promise<Renewed> {
    const userId = userIdOf(ctx)
    await limitGuesses(ctx, userId)
    const factor = await prove(ctx, await findAccount(ctx.db.read, userId), input)
    const inner = { ...ctx, idempotency: undefined }
    const { renewed } = await renewSession(ctx, 'none', (renewal) => recordStepUp(inner, { renewal, factor }))
    return renewed
  },
})

/** @returns null where the password was the proof */
async function prove(ctx: Ctx, account: Account, input: z.output<typeof StepUpInput>): Promise<Factor | null> {
  if ('password' in input) {
    if (await passwordsOf(ctx).verify(account.passwordHash, input.password)) return null
    await recordRefusal({ ...ctx, idempotency: undefined }, { action: 'step_up.refused', reason: 'wrong_password' })
    throw new AppError('invalid_credentials', 'This is not your password. Check it and try again.')
  }
  const factor = account.totpConfirmedAt && (await proveFactor(ctx, account, input.totp))
  if (factor) return factor
  await recordRefusal({ ...ctx, idempotency: undefined }, { action: 'step_up.refused', reason: 'wrong_code' })
  throw wrongCode()
}

const wrongCode = () =>
  new AppError('invalid_credentials', 'This code is wrong or was used already. Wait for the next one, then try again.')

const recordStepUp = command({
  name: 'session.step_up',
  input: z.strictObject({ renewal: Renewal, factor: Factor.nullable() }),
  async run(ctx, { renewal, factor }) {
    const userId = userIdOf(ctx)
    await endSessions(ctx.tx, userId, 'none', renewal, ctx.now())
    if (factor && !(await spendFactor(ctx.tx, userId, factor, ctx.now()))) throw wrongCode()
    return {
      output: null,
      audit: {
        action: 'session.stepped_up',
        objectType: 'session',
        objectId: renewal.handle,
        from: renewal.previous,
        detail: { factor: factor?.kind ?? 'password' },
      },
    }
  },
})
