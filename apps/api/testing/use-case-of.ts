import { accessTo, type UseCaseName } from '@pramaan/core/platform/access'
import { AppError } from '@pramaan/core/platform/errors'
import { appRouter } from '@pramaan/trpc'
import type { Meta } from '@pramaan/trpc/trpc'

interface Procedure {
  _def: {
    type: 'query' | 'mutation'
    meta?: Meta
    resolver(options: { ctx: unknown; input: unknown }): Promise<unknown>
  }
}

export const procedures = appRouter._def.procedures as unknown as Record<string, Procedure>

export const isPublic = (procedure: string) => procedures[procedure]?._def.meta?.access === 'public'

/**
 * The use case behind a procedure, found by calling it as nobody: the refusal says whose it is. It needs no list that
 * could be out of date, and shows that nothing happens before the refusal, as there is no world to touch.
 */
export async function useCaseOf(procedure: string): Promise<UseCaseName> {
  const nobody = { core: { actor: { kind: 'anonymous' }, advisorId: null } }
  const refusal = await procedures[procedure]?._def.resolver({ ctx: nobody, input: {} }).catch((error) => error)
  if (refusal instanceof AppError && refusal.code === 'unauthenticated') return refusal.detail?.useCase as UseCaseName
  throw new Error(`${procedure} did something for nobody: ${refusal}`)
}

/** The lines of the access table behind all procedures that are not public. */
export async function tableByProcedure() {
  const closed = Object.keys(procedures).filter((name) => !isPublic(name))
  const entries = closed.map(async (name) => {
    const useCase = await useCaseOf(name)
    return [name, { useCase, access: accessTo(useCase) }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
