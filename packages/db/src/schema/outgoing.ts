import { OutgoingEvent } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'

export const ENDPOINT_STATES = ['active', 'disabled'] as const
export const OUTGOING_STATES = ['waiting', 'delivered', 'failed'] as const

/** Where a firm's own systems want to hear of events. The secret that signs them is encrypted. */
export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    url: text().notNull(),
    events: text().array().notNull().$type<OutgoingEvent[]>(),
    secret: bytes().notNull(),
    state: text().notNull().$type<(typeof ENDPOINT_STATES)[number]>(),
    /** Since when no event has arrived; null while they do. */
    failingSince: at(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    check('webhook_endpoints_state', oneOf('state', ENDPOINT_STATES)),
    check(
      'webhook_endpoints_events',
      sql.raw(`"events" <@ array[${OutgoingEvent.options.map((event) => `'${event}'`).join(', ')}]`),
    ),
  ],
)

/** One event on its way to one endpoint, made out of an entry of the audit log. */
export const outgoingMessages = pgTable(
  'outgoing_messages',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    endpointId: uuid().notNull(),
    entryId: bigint({ mode: 'bigint' }).notNull(),
    /** One entry may be several events. */
    event: text().notNull().$type<OutgoingEvent>(),
    payload: jsonb().$type<{ type: string; timestamp: string; data: Record<string, unknown> }>().notNull(),
    state: text().notNull().$type<(typeof OUTGOING_STATES)[number]>(),
    attempts: integer().notNull().default(0),
    nextAt: at().notNull(),
    /** What was answered last; null when nothing was. */
    lastStatus: integer(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('outgoing_messages_entry').on(t.advisorId, t.endpointId, t.entryId, t.event),
    index('outgoing_messages_waiting_idx').on(t.nextAt).where(sql`${t.state} = 'waiting'`),
    check('outgoing_messages_state', oneOf('state', OUTGOING_STATES)),
  ],
)

/** How far the audit log has been read for outgoing events: one row for the platform. */
export const eventPump = pgTable('event_pump', {
  id: smallint().primaryKey(),
  doneThrough: bigint({ mode: 'bigint' }).notNull(),
  /** The newest entry at the last look, and the transactions that were open then (`pg_snapshot_xmax`). */
  seenThrough: bigint({ mode: 'bigint' }).notNull(),
  seenXmax: text().notNull(),
  /** A job comes then. */
  wakeAt: at(),
})
