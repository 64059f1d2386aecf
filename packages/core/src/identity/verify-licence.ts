import { schema } from '@pramaan/db'
import { LicenceDecisionInput } from '@pramaan/shared'
import { eq } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { importedRegister } from './licence-register.ts'
import { moveLicence } from './move-licence.ts'
import { endOfIstDay } from './rules/licence-day.ts'

const { licences } = schema

/**
 * An administrator found the registration in the regulator's register. `validUntil` is the day it ends, where the
 * register gives one; the day that an imported list gives counts where none is told.
 *
 * @throws AppError `not_found`, `invalid_state`, `invalid_input` when the registration has ended already
 */
export const verifyLicence = command({
  name: 'licence.verify',
  input: LicenceDecisionInput,
  async run(ctx, { id, note, validUntil }) {
    const until = validUntil === undefined ? await listedUntil(ctx, id) : endOf(validUntil)
    if (until !== null && until <= ctx.now()) {
      throw new AppError('invalid_input', 'This registration has ended already. Refuse the licence instead.')
    }
    return moveLicence(ctx, id, 'verify', { note, validUntil: until })
  },
})

const endOf = (validUntil: string): Date => (validUntil.includes('T') ? new Date(validUntil) : endOfIstDay(validUntil))

async function listedUntil(ctx: CommandCtx, id: string): Promise<Date | null> {
  const { type, number } = licences
  const [standing] = await importedRegister(ctx.tx).lookUp(
    await ctx.tx.select({ type, number }).from(licences).where(eq(licences.id, id)),
  )
  return standing?.standing === 'listed' && standing.validUntil !== null ? new Date(standing.validUntil) : null
}
