import type { InspectionScope } from '@pramaan/shared'
import type { z } from 'zod'
import { appendEntry } from './audit-entry.ts'
import type { AuditEntry, CommandCtx, Ctx } from './context.ts'
import { AppError } from './errors.ts'
import { earlierAnswer, keepAnswer, lostTheRace, onceOf, stillRunning } from './idempotency.ts'
import type { Permission } from './permissions.ts'
import { enqueue, type Job } from './queue.ts'

/**
 * What a command body returns. Either it changed something and says so to the audit log, or it declares that it did not.
 * `writes` are statements that the body started and did not await: they travel in one flight with the audit entry, the
 * jobs and the commit. A body that started one must return it.
 */
export type Result<Output> =
  | { output: Output; audit: AuditEntry | [AuditEntry, ...AuditEntry[]]; jobs?: Job[]; writes?: Promise<unknown>[] }
  | { output: Output; unchanged: true }

interface Definition<Input extends z.ZodType> {
  /** `<domain>.<verb>`; a refusal is audited as `<name>.refused`. */
  name: string
  input: Input
  allow: Permission
}

type UseCase<Input extends z.ZodType, Output, Context> = ((ctx: Context, input: z.input<Input>) => Promise<Output>) & {
  readonly input: Input
}

interface Read<Input extends z.ZodType> extends Definition<Input> {
  /** The scope under which an inspector with a grant may read this too; without one it stays closed to inspections. */
  inspectedAs?: InspectionScope
}

/** A read: permission, input, body. No transaction, and no audit entry but for what an inspector reads. */
export function query<Input extends z.ZodType, Output>(
  definition: Read<Input> & { run: (ctx: Ctx, input: z.output<Input>) => Promise<Output> },
): UseCase<Input, Output, Ctx> {
  const useCase = async (ctx: Ctx, raw: z.input<Input>) => {
    await requirePermission(ctx, definition)
    const input = definition.input.parse(raw)
    if (ctx.inspection) await auditInspection(ctx, definition, input)
    return definition.run(ctx, input)
  }
  return Object.assign(useCase, { input: definition.input })
}

/**
 * A use case of several steps: work that no transaction should wait for (a password hash, Redis, a vendor) around the
 * commands that record it. Checks permission and input like the others; the commands inside write the audit entries.
 */
export function steps<Input extends z.ZodType, Output>(
  definition: Definition<Input> & { run: (ctx: Ctx, input: z.output<Input>) => Promise<Output> },
): UseCase<Input, Output, Ctx> {
  return query(definition)
}

/**
 * A change: checks permission, parses input, opens or joins the transaction, runs the body, and commits the row changes,
 * the audit entries and the jobs together or not at all. With an `Idempotency-Key` the answer is kept in the same commit.
 *
 * @throws AppError `forbidden`/`unauthenticated`, `idempotency_mismatch`, `idempotency_in_progress`, and what the body throws
 */
export function command<Input extends z.ZodType, Output>(
  definition: Definition<Input> & { run: (ctx: CommandCtx, input: z.output<Input>) => Promise<Result<Output>> },
): UseCase<Input, Output, Ctx | CommandCtx> {
  const useCase = async (ctx: Ctx | CommandCtx, raw: z.input<Input>): Promise<Output> => {
    await requirePermission(ctx, definition)
    const input = definition.input.parse(raw)
    if ('tx' in ctx) {
      const result = await definition.run(ctx, input)
      await Promise.all(consequences(ctx, result))
      return result.output
    }
    try {
      return await runInTransaction(ctx, (inside) => definition.run(inside, input))
    } catch (error) {
      if (error instanceof AppError && error.refusal) await auditRefusal(ctx, error.refusal)
      throw error
    }
  }
  return Object.assign(useCase, { input: definition.input })
}

async function runInTransaction<Output>(
  ctx: Ctx,
  body: (inside: CommandCtx) => Promise<Result<Output>>,
): Promise<Output> {
  const once = onceOf(ctx)
  const outbox = { filled: false }
  let replayed = false
  const { output } = await ctx.db
    .transaction<Result<Output>>(
      async (tx) => {
        const earlier = once ? await earlierAnswer<Output>(ctx, tx, once) : null
        replayed = earlier !== null
        return earlier ? { ...earlier, unchanged: true } : body({ ...ctx, tx, outbox })
      },
      (tx, result) => {
        const writes = consequences({ ...ctx, tx, outbox }, result)
        if (once && !replayed) writes.push(keepAnswer(ctx, tx, once, result.output))
        return writes
      },
    )
    .catch((error) => {
      throw lostTheRace(error) ? stillRunning() : error
    })
  if (outbox.filled) ctx.wakeRelay()
  return output
}

/** The entries and jobs of a result, as statements already on their way. */
function consequences(ctx: CommandCtx, result: Result<unknown>): Promise<unknown>[] {
  if ('unchanged' in result) return []
  const entries = Array.isArray(result.audit) ? result.audit : [result.audit]
  const writes = [...(result.writes ?? []), ...entries.map((entry) => appendEntry(ctx, entry))]
  if (result.jobs?.length) writes.push(enqueue(ctx, result.jobs))
  return writes
}

/** The entry is committed before the body runs: what could not be written down is not read. */
async function auditInspection(ctx: Ctx, definition: Read<z.ZodType>, input: unknown): Promise<void> {
  const { id, contentId } = input as { id?: string; contentId?: string }
  await ctx.db.transaction(async (tx) => {
    await appendEntry(
      { ...ctx, tx, outbox: { filled: false } },
      {
        action: 'inspector.read',
        objectType: definition.inspectedAs ?? 'use_case',
        objectId: id ?? contentId ?? definition.name,
        detail: { read: definition.name, scope: definition.inspectedAs, grantId: ctx.inspection?.grantId },
      },
    )
  })
}

/** Whether this caller may. During an inspection nothing counts but its scopes, so that no write and no other read is open. */
function isAllowed(ctx: Ctx, { allow, inspectedAs }: Read<z.ZodType>): boolean {
  if (!ctx.inspection) return allow(ctx)
  return inspectedAs !== undefined && ctx.inspection.scopes.includes(inspectedAs)
}

async function requirePermission(ctx: Ctx, definition: Read<z.ZodType>): Promise<void> {
  if (isAllowed(ctx, definition)) return
  if (ctx.actor.kind === 'anonymous') {
    throw new AppError('unauthenticated', 'Sign in first, then send the access token as a bearer token.')
  }
  await auditRefusal(ctx, {
    action: `${definition.name}.refused`,
    objectType: 'use_case',
    objectId: definition.name,
    outcome: 'refused',
    reason: 'forbidden',
  })
  throw new AppError(
    'forbidden',
    ctx.inspection
      ? 'Your grant does not cover this. It is for reading within its scopes only.'
      : 'Your role does not allow this. Ask the owner of the account.',
  )
}

/** A refusal stands in the log although its transaction was rolled back. */
async function auditRefusal(ctx: Ctx, entry: AuditEntry): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await appendEntry({ ...ctx, tx, outbox: { filled: false } }, { outcome: 'refused', ...entry })
  })
}
