import { LicenceDecisionInput } from '@pramaan/shared'
import { command } from '../platform/use-case.ts'
import { moveLicence } from './move-licence.ts'

/** An administrator could not find the registration, or it was cancelled. @throws AppError `not_found`, `invalid_state` */
export const refuseLicence = command({
  name: 'licence.refuse',
  input: LicenceDecisionInput.omit({ validUntil: true }),
  run: (ctx, { id, note }) => moveLicence(ctx, id, 'refuse', { note }),
})
