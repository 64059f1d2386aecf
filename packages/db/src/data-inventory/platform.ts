import type { TableEntry } from './table-entry.ts'

export const PLATFORM_TABLES: Record<string, TableEntry> = {
  data_keys: {
    purpose: 'the keys of the envelope encryption; without a row nothing of its owner opens',
    retention: 'until the erasure of the owner',
    readers: 'every process, with KEYRING',
    secret: 'wrapped',
    pseudonym: 'owner_id',
    record: 'id keyring_id created_at',
  },
  idempotency_keys: {
    purpose: 'the first answer to a repeated request',
    retention: '26 hours',
    readers: 'whoever asked first',
    personal: 'response',
    pseudonym: 'principal_id',
    record: 'key operation request_hash created_at',
  },
  outbox: {
    purpose: 'jobs on their way to the queue, which name people by id or keyed hash',
    retention: 'milliseconds',
    readers: 'the worker',
    pseudonym: 'payload',
    record: 'id queue start_after group_id created_at',
  },
  rate_windows: {
    purpose: 'how often somebody called within a minute',
    retention: 'two minutes, never on disk for sure',
    readers: 'the rate limiter',
    pseudonym: 'key',
    record: 'window_start used previous_used granted',
  },
  webhook_events: {
    purpose: 'what vendors told us, as signed',
    retention: '30 days after it was settled',
    readers: 'the worker',
    personal: 'body',
    record: 'id source external_id state received_at settled_at',
  },
}
