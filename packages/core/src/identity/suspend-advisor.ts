import { SuspendAdvisorInput } from '@pramaan/shared'
import { command } from '../platform/use-case.ts'
import { moveAdvisor } from './move-advisor.ts'

/**
 * Suspends a firm. Its people can sign in and read; nothing is sent, as every delivery looks at the status first. The
 * owners hear of it by mail. @throws AppError `not_found`, `invalid_state`
 */
export const suspendAdvisor = command({
  name: 'advisor.suspend',
  input: SuspendAdvisorInput,
  run: (ctx, { id, reason }) => moveAdvisor(ctx, id, 'suspended', reason),
})
