import { RestoreAdvisorInput } from '@pramaan/shared'
import { command } from '../platform/use-case.ts'
import { moveAdvisor } from './move-advisor.ts'

/** Ends the suspension of a firm, and tells its owners. @throws AppError `not_found`, `invalid_state` */
export const restoreAdvisor = command({
  name: 'advisor.restore',
  input: RestoreAdvisorInput,
  run: (ctx, { id, note }) => moveAdvisor(ctx, id, 'active', note),
})
