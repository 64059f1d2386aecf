import { verifyApproval } from '../compliance/index.ts'
import { readAdvisor } from '../identity/index.ts'
import type { CommandCtx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { hasLicenceInForce } from './rules/may-send.ts'

/** What a campaign needs at the moment, read inside the transaction that acts on it. */
export async function readReadiness(ctx: CommandCtx, advisorId: string, approvalId: string) {
  const [advisor, proof] = await Promise.all([
    readAdvisor(ctx.tx, advisorId),
    verifyApproval(ctx, ctx.tx, advisorId, approvalId).catch((error: unknown) => {
      if (error instanceof AppError) return null
      throw error
    }),
  ])
  return {
    proof,
    advisorActive: advisor?.status === 'active',
    licenceValid: advisor !== null && hasLicenceInForce(advisor.licences, ctx.now()),
    proofValid: proof !== null,
  }
}
