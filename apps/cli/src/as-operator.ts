import { type OperatorConfig, openOperator } from '@pramaan/core/deps'
import type { Ctx } from '@pramaan/core/platform/context'
import { createLog } from '@pramaan/core/platform/log'

/** Does something as the operator of a database, and closes it after. Loaded only by commands that need a database. */
export async function asOperator<Result>(
  config: OperatorConfig,
  name: string,
  work: (ctx: Ctx) => Promise<Result>,
): Promise<Result> {
  const operator = await openOperator(config, createLog({ level: 'error', name }))
  try {
    return await work(operator.context())
  } finally {
    await operator.close()
  }
}
