import { LicenceDecisionInput } from '@pramaan/shared'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { moveLicence } from './move-licence.ts'

/**
 * An administrator found the registration in the regulator's register. `validUntil` is the day it ends, where the
 * register gives one.
 *
 * @throws AppError `not_found`, `invalid_state`, `invalid_input` when the registration has ended already
 */
export const verifyLicence = command({
  name: 'licence.verify',
  input: LicenceDecisionInput,
  async run(ctx, { id, note, validUntil }) {
    const until = validUntil === undefined ? null : new Date(validUntil)
    if (until !== null && until <= ctx.now()) {
      throw new AppError('invalid_input', 'This registration has ended already. Refuse the licence instead.')
    }
    return moveLicence(ctx, id, 'verify', { note, validUntil: until })
  },
})
