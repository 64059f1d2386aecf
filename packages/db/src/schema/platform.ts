import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { at, bytes, createdAt, oneOf } from './columns.ts'

/** Jobs to be handed to pg-boss; written in the transaction of their cause, moved on by the relay. */
export const outbox = pgTable('outbox', {
  id: bigint({ mode: 'bigint' }).primaryKey().generatedByDefaultAsIdentity(),
  queue: text().notNull(),
  payload: jsonb().$type<unknown>().notNull(),
  startAfter: at(),
  groupId: text(),
  createdAt: createdAt(),
})

/** One row for each answered write: the same key with the same body gets the same answer. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    principalId: uuid().notNull(),
    key: text().notNull(),
    operation: text().notNull(),
    requestHash: text().notNull(),
    /** Sealed: an answer may hold personal data. */
    response: bytes().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.principalId, t.key] }), index('idempotency_keys_created_at_idx').on(t.createdAt)],
)

/** Sliding-window counters of the rate limiter. UNLOGGED (see the migration): losing them costs nothing. */
export const rateWindows = pgTable('rate_windows', {
  key: text().primaryKey(),
  windowStart: bigint({ mode: 'number' }).notNull(),
  used: integer().notNull(),
  previousUsed: integer().notNull(),
  /** Tokens granted by the last statement; read back in its RETURNING. */
  granted: integer().notNull(),
})

export const WEBHOOK_STATES = ['received', 'applied', 'parked'] as const

/** Inbox of vendor webhooks: the body as signed (sealed, as it names people), once per event id. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    id: uuid().primaryKey(),
    source: text().notNull().$type<'razorpay' | 'whatsapp'>(),
    externalId: text().notNull(),
    body: bytes().notNull(),
    state: text().notNull().$type<(typeof WEBHOOK_STATES)[number]>().default('received'),
    receivedAt: at().notNull(),
    settledAt: at(),
  },
  (t) => [
    unique('webhook_events_source_external_id').on(t.source, t.externalId),
    index('webhook_events_parked_idx').on(t.source, t.id).where(sql`${t.state} = 'parked'`),
    index('webhook_events_settled_at_idx').on(t.settledAt).where(sql`${t.settledAt} is not null`),
    check('webhook_events_source', oneOf('source', ['razorpay', 'whatsapp'])),
    check('webhook_events_state', oneOf('state', WEBHOOK_STATES)),
  ],
)

/**
 * Data keys of the envelope encryption, each wrapped by a key of `KEYRING`. The owner is an advisor, a user or the
 * platform itself. Destroying a row erases what it encrypts.
 */
export const dataKeys = pgTable(
  'data_keys',
  {
    ownerId: uuid().notNull(),
    id: uuid().notNull(),
    keyringId: text().notNull(),
    wrapped: bytes().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.ownerId, t.id] })],
)
