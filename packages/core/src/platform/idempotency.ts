import { createHash } from 'node:crypto'
import { schema, statement, type Tx } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import { actorIdOf, type Ctx } from './context.ts'
import { AppError } from './errors.ts'

/** One write of one person that is to happen once. */
export interface OnceKey {
  principalId: string
  key: string
  operation: string
  requestHash: string
}

/** What the caller's `Idempotency-Key` means; null without one. */
export function onceOf(ctx: Ctx): OnceKey | null {
  const principalId = principalOf(ctx)
  if (!ctx.idempotency || principalId === null) return null
  const { key, operation, requestHash } = ctx.idempotency
  return { principalId, key, operation, requestHash }
}

/** A person or an API key by its id. Strangers are told apart by address, which is kept as a keyed hash in the form of a UUID. */
function principalOf({ actor, ip, keys }: Ctx): string | null {
  if (actor.kind !== 'anonymous') return actorIdOf(actor)
  if (ip === null) return null
  return keys.lookupHash('stranger', ip).subarray(0, 16).toString('hex')
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

/**
 * The answer that was kept for this key, and a lock on the key until the transaction ends.
 *
 * @throws AppError `idempotency_mismatch`, `idempotency_in_progress`
 */
export async function earlierAnswer<Output>(ctx: Ctx, tx: Tx, once: OnceKey): Promise<{ output: Output } | null> {
  const lock = createHash('sha256').update(`${once.principalId}\n${once.key}`).digest().readBigInt64BE()
  const [row] = await lockAndFind(tx).execute({ lock: String(lock), principalId: once.principalId, key: once.key })
  if (!row?.locked) throw stillRunning()
  if (row.response === null) return null
  if (row.operation !== once.operation || row.requestHash !== once.requestHash) {
    throw new AppError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request. Use a new key for a new request.',
    )
  }
  if (ctx.idempotency) ctx.idempotency.replayed = true
  return { output: JSON.parse(ctx.keys.openBriefly(placeOf(once), row.response)) as Output }
}

/**
 * The kept answer to the caller's `Idempotency-Key`, for use cases that are several transactions with calls to a vendor
 * between them: they ask this first, run their inner commands without the key, and the last one with it.
 *
 * @throws AppError `idempotency_mismatch`, `idempotency_in_progress`
 */
export async function keptAnswer<Output>(ctx: Ctx): Promise<{ output: Output } | null> {
  const once = onceOf(ctx)
  return once ? ctx.db.transaction((tx) => earlierAnswer<Output>(ctx, tx, once)) : null
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

/** Keeps an answer for repetitions, sealed, as it may hold personal data. */
export const keepAnswer = (ctx: Ctx, tx: Tx, once: OnceKey, output: unknown): Promise<unknown> =>
  insertAnswer(tx).execute({ ...once, response: ctx.keys.sealBriefly(placeOf(once), JSON.stringify(output ?? null)) })

const placeOf = (once: OnceKey) => ({
  table: 'idempotency_keys',
  column: 'response',
  rowId: `${once.principalId}/${once.key}`,
})

/** Two requests with one key can both miss the other's row and lock; then the primary key lets one of them through. */
export const lostTheRace = (error: unknown): boolean =>
  error instanceof Error && (error.cause as { constraint?: string } | undefined)?.constraint === PRIMARY_KEY

const PRIMARY_KEY = 'idempotency_keys_principal_id_key_pk'

export const stillRunning = () =>
  new AppError(
    'idempotency_in_progress',
    'The first request with this Idempotency-Key is still running. Try again shortly.',
  )
