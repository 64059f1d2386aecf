import { createHash } from 'node:crypto'
import { schema, statement, type Tx } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import { appendEntry } from './audit-entry.ts'
import type { AuditEntry, CommandCtx, Ctx } from './context.ts'
import { AppError } from './errors.ts'
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

/** A read: permission, input, body. No transaction, no audit entry. */
export function query<Input extends z.ZodType, Output>(
  definition: Definition<Input> & { run: (ctx: Ctx, input: z.output<Input>) => Promise<Output> },
): UseCase<Input, Output, Ctx> {
  const useCase = async (ctx: Ctx, input: z.input<Input>) => {
    await requirePermission(ctx, definition)
    return definition.run(ctx, definition.input.parse(input))
  }
  return Object.assign(useCase, { input: definition.input })
}

/**
 * A use case of several steps: work that no transaction should wait for (a password hash, Redis, a vendor) around the
 * commands that record it. Checks permission and input like the others; the commands inside write the audit entries.
 */
export const steps: typeof query = query

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
  const { idempotency } = ctx
  const principalId = ctx.actor.kind === 'user' ? ctx.actor.userId : null
  const once = idempotency && principalId ? { ...idempotency, principalId } : null
  const outbox = { filled: false }
  const result = await ctx.db.transaction<Result<Output>>(
    async (tx) => {
      const earlier = once ? await earlierAnswer<Output>(tx, once) : null
      if (earlier) return { output: earlier.output, unchanged: true }
      return body({ ...ctx, tx, outbox })
    },
    (tx, { output, ...rest }) => {
      const inside = { ...ctx, tx, outbox }
      const writes = consequences(inside, { output, ...rest } as Result<Output>)
      if (once && !('unchanged' in rest && idempotency?.replayed)) writes.push(keepAnswer(tx, once, output))
      return writes
    },
  )
  if (outbox.filled) ctx.wakeRelay()
  return result.output

  async function earlierAnswer<T>(tx: Tx, wanted: OnceKey): Promise<{ output: T } | null> {
    const row = await findAnswer(tx, wanted)
    if (!row) return null
    if (idempotency) idempotency.replayed = true
    return { output: row.response as T }
  }
}

/** The entries and jobs of a result, as statements already on their way. */
function consequences(ctx: CommandCtx, result: Result<unknown>): Promise<unknown>[] {
  if ('unchanged' in result) return []
  const entries = Array.isArray(result.audit) ? result.audit : [result.audit]
  const writes = [...(result.writes ?? []), ...entries.map((entry) => appendEntry(ctx, entry))]
  if (result.jobs?.length) writes.push(enqueue(ctx, result.jobs))
  return writes
}

/**
 * The kept answer to the caller's `Idempotency-Key`, for use cases that are several transactions with calls to a vendor
 * between them: they ask this first, run their inner commands without the key, and the last one with it.
 *
 * @throws AppError `idempotency_mismatch`, `idempotency_in_progress`
 */
export async function keptAnswer<Output>(ctx: Ctx): Promise<{ output: Output } | null> {
  const { idempotency } = ctx
  if (!idempotency || ctx.actor.kind !== 'user') return null
  const once = { ...idempotency, principalId: ctx.actor.userId }
  const row = await ctx.db.transaction((tx) => findAnswer(tx, once))
  if (!row) return null
  idempotency.replayed = true
  return { output: row.response as Output }
}

async function requirePermission(ctx: Ctx, definition: { name: string; allow: Permission }): Promise<void> {
  if (definition.allow(ctx)) return
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
  throw new AppError('forbidden', 'Your role does not allow this. Ask the owner of the account.')
}

/** A refusal stands in the log although its transaction was rolled back. */
async function auditRefusal(ctx: Ctx, entry: AuditEntry): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await appendEntry({ ...ctx, tx, outbox: { filled: false } }, { outcome: 'refused', ...entry })
  })
}

interface OnceKey {
  principalId: string
  key: string
  operation: string
  requestHash: string
}

const lockAndFind = statement((queries) =>
  queries
    .select({
      locked: sql<boolean>`pg_try_advisory_xact_lock(${sql.placeholder('lock')}::bigint)`,
      response: schema.idempotencyKeys.response,
      operation: schema.idempotencyKeys.operation,
      requestHash: schema.idempotencyKeys.requestHash,
    })
    .from(sql`(select 1) as one`)
    .leftJoin(
      schema.idempotencyKeys,
      sql`${schema.idempotencyKeys.principalId} = ${sql.placeholder('principalId')} and ${schema.idempotencyKeys.key} = ${sql.placeholder('key')}`,
    )
    .prepare('idempotency_lock_and_find'),
)

async function findAnswer(tx: Tx, wanted: OnceKey): Promise<{ response: unknown } | null> {
  const lock = createHash('sha256').update(`${wanted.principalId}\n${wanted.key}`).digest().readBigInt64BE()
  const [row] = await lockAndFind(tx).execute({ lock: String(lock), principalId: wanted.principalId, key: wanted.key })
  if (!row?.locked) {
    throw new AppError(
      'idempotency_in_progress',
      'The first request with this Idempotency-Key is still running. Try again shortly.',
    )
  }
  if (row.requestHash === null) return null
  if (row.operation !== wanted.operation || row.requestHash !== wanted.requestHash) {
    throw new AppError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request. Use a new key for a new request.',
    )
  }
  return { response: row.response }
}

const insertAnswer = statement((queries) =>
  queries
    .insert(schema.idempotencyKeys)
    .values({
      principalId: sql.placeholder('principalId'),
      key: sql.placeholder('key'),
      operation: sql.placeholder('operation'),
      requestHash: sql.placeholder('requestHash'),
      response: sql.placeholder('response'),
    })
    .prepare('idempotency_insert'),
)

const keepAnswer = (tx: Tx, once: OnceKey, output: unknown) =>
  insertAnswer(tx).execute({ ...once, response: output ?? null })
