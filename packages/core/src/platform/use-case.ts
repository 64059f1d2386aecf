import type { z } from 'zod'
import { accessTo, mayRun, type UseCaseName } from './access.ts'
import { appendConsequences } from './consequences.ts'
import { type AuditEntry, actorIdOf, type CommandCtx, type Ctx } from './context.ts'
import { AppError } from './errors.ts'
import { earlierAnswer, keepAnswer, lostTheRace, onceOf, stillRunning } from './idempotency.ts'
import type { Job } from './queue.ts'
import { isSealingStopped } from './sealing.ts'

/**
 * What a command body returns. Either it changed something and says so to the audit log, or it declares that it did not.
 * `writes` are statements that the body started and did not await: they travel in one flight with the audit entry, the
 * jobs and the commit. A body that started one must return it.
 */
export type Result<Output> =
  | { output: Output; audit: AuditEntry | [AuditEntry, ...AuditEntry[]]; jobs?: Job[]; writes?: Promise<unknown>[] }
  | { output: Output; unchanged: true; jobs?: Job[] }

interface Definition<Input extends z.ZodType> {
  /** Who may run it stands in the access table under this name. A refusal is audited as `<name>.refused`. */
  name: UseCaseName
  input: Input
}

type UseCase<Input extends z.ZodType, Output, Context> = ((ctx: Context, input: z.input<Input>) => Promise<Output>) & {
  readonly input: Input
}

/** A read: permission, input, body. No transaction, and no audit entry but for what an inspector reads. */
export function query<Input extends z.ZodType, Output>(
  definition: Definition<Input> & { run: (ctx: Ctx, input: z.output<Input>) => Promise<Output> },
): UseCase<Input, Output, Ctx> {
  const useCase = async (caller: Ctx, raw: z.input<Input>) => {
    await requireAllowed(caller, definition)
    const input = definition.input.parse(raw)
    const ctx = withinReach(caller, definition.name, input)
    if (ctx.inspection) await auditInspection(ctx, definition.name, input)
    else if (accessTo(definition.name).personal) await auditPersonalRead(ctx, definition.name)
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
  const useCase = async (caller: Ctx | CommandCtx, raw: z.input<Input>): Promise<Output> => {
    await requireAllowed(caller, definition)
    const input = definition.input.parse(raw)
    if ('tx' in caller) {
      const result = await definition.run(caller, input)
      await Promise.all(consequences(caller, result))
      return result.output
    }
    const ctx = withinReach(caller, definition.name, input)
    try {
      return await runInTransaction(ctx, (inside) => definition.run(inside, input))
    } catch (error) {
      if (error instanceof AppError && error.refusal) await auditRefusal(ctx, error.refusal)
      throw error
    }
  }
  return Object.assign(useCase, { input: definition.input })
}

/**
 * What the use case sees of the database: the rows of all firms where the access table says so; a job those of the firm
 * that its payload names; everybody else what their context was made for.
 */
function withinReach(ctx: Ctx, name: UseCaseName, input: unknown): Ctx {
  if (accessTo(name).across) return { ...ctx, db: ctx.db.acrossAdvisors }
  if (ctx.actor.kind !== 'system') return ctx
  const { advisorId } = input as { advisorId?: string | null }
  return advisorId ? { ...ctx, db: ctx.db.forAdvisor(advisorId) } : ctx
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
  if ('unchanged' in result) return result.jobs?.length ? [appendConsequences(ctx, [], result.jobs)] : []
  const entries = Array.isArray(result.audit) ? result.audit : [result.audit]
  const writes = result.writes ?? []
  // A query of drizzle is a promise by its type that starts when it is awaited: after the commit.
  if (writes.some((write) => !(write instanceof Promise))) throw new Error('a write was returned but not started')
  return [...writes, appendConsequences(ctx, entries, result.jobs ?? [])]
}

/** The entry is committed before the body runs: what could not be written down is not read. */
async function auditInspection(ctx: Ctx, name: UseCaseName, input: unknown): Promise<void> {
  const { id, contentId } = input as { id?: string; contentId?: string }
  const scope = accessTo(name).inspection
  await ctx.db.transaction(async (tx) => {
    const entry: AuditEntry = {
      action: 'inspector.read',
      objectType: scope ?? 'use_case',
      objectId: id ?? contentId ?? name,
      detail: { read: name, scope, grantId: ctx.inspection?.grantId },
    }
    await appendConsequences({ ...ctx, tx, outbox: { filled: false } }, [entry], [])
  })
}

/** The access log of personal data: who read which list, when and through which use case. */
async function auditPersonalRead(ctx: Ctx, name: UseCaseName): Promise<void> {
  const objectId = ctx.advisorId ?? actorIdOf(ctx.actor) ?? name
  const entry: AuditEntry = { action: 'personal_data.read', objectType: 'use_case', objectId, detail: { read: name } }
  await ctx.db.transaction((tx) => appendConsequences({ ...ctx, tx, outbox: { filled: false } }, [entry], []))
}

/** What the table allows, now. @throws AppError `unauthenticated`, `forbidden`, `unavailable` */
async function requireAllowed(ctx: Ctx, definition: { name: UseCaseName }): Promise<void> {
  await requirePermission(ctx, definition)
  const { name } = definition
  if (ctx.actor.kind === 'system' || !accessTo(name).privileged || !(await isSealingStopped(ctx.db))) return
  const [outcome, reason] = ['refused', 'log_not_sealed'] as const
  await auditRefusal(ctx, { action: `${name}.refused`, objectType: 'use_case', objectId: name, outcome, reason })
  throw new AppError(
    'unavailable',
    'The audit log is not being sealed, and what gives rights, money or records away waits until it is. Texts and ' +
      'messages go on. Repeat this in some minutes; whoever runs this installation sees at /readyz whether a worker seals.',
  )
}

async function requirePermission(ctx: Ctx, { name }: { name: UseCaseName }): Promise<void> {
  if (mayRun(ctx, name)) return
  if (ctx.actor.kind === 'anonymous') {
    throw new AppError('unauthenticated', 'Sign in first, then send the access token as a bearer token.', {
      detail: { useCase: name },
    })
  }
  await auditRefusal(ctx, {
    action: `${name}.refused`,
    objectType: 'use_case',
    objectId: name,
    outcome: 'refused',
    reason: 'forbidden',
  })
  throw new AppError('forbidden', whyForbidden(ctx, name))
}

function whyForbidden({ actor, inspection }: Ctx, useCase: UseCaseName): string {
  if (inspection) return 'Your grant does not cover this. It is for reading within its scopes only.'
  if (actor.kind !== 'api_key') return 'Your role does not allow this. Ask the owner of the account.'
  const { scope } = accessTo(useCase)
  if (scope === undefined) return 'API keys cannot do this. Somebody who may has to sign in and do it.'
  return `This API key lacks the scope ${scope}. The owner of the account can make a key that has it.`
}

/** A refusal stands in the log although its transaction was rolled back. */
async function auditRefusal(ctx: Ctx, entry: AuditEntry): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await appendConsequences({ ...ctx, tx, outbox: { filled: false } }, [{ outcome: 'refused', ...entry }], [])
  })
}
