import { AUDIT, FIRM, INSPECTOR, LAW, type TableEntry } from './table-entry.ts'

export const AUDIT_TABLES: Record<string, TableEntry> = {
  audit_checkpoints: {
    purpose: 'signed heads of the audit log',
    retention: AUDIT,
    readers: 'everybody, also outside',
    record: 'size note signed_at',
  },
  audit_cosignatures: {
    purpose: 'what witnesses signed about the audit log',
    retention: AUDIT,
    readers: 'everybody, also outside',
    record: 'size witness line received_at',
  },
  audit_entries: {
    purpose: 'who did what and when, so that anybody can check it',
    retention: AUDIT,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'actor_id object_id body',
    record: 'id recorded_at advisor_id action object_type',
  },
  audit_exports: {
    purpose: 'which checkpoint each place outside of the system got last',
    retention: 'one row for each place',
    readers: 'the worker; whoever watches it run',
    record: 'target size exported_at',
  },
  audit_heads: {
    purpose: 'the tree over the audit log after each sealing',
    retention: AUDIT,
    readers: 'the sealer',
    record: 'size root frontier sealed_at',
  },
  audit_leaves: {
    purpose: 'the place of each entry in the tree',
    retention: AUDIT,
    readers: 'the sealer; proofs',
    record: 'leaf_index entry_id recorded_at stream stream_sequence hash',
  },
  audit_nodes: {
    purpose: 'hashes over many leaves, so that proofs are short',
    retention: AUDIT,
    readers: 'the sealer; proofs',
    record: 'level node_index hash',
  },
  audit_pack_files: {
    purpose: 'files of inspection packs, until they are fetched',
    retention: 'a week, then deleted',
    readers: `owners, ${INSPECTOR} for their own packs`,
    personal: 'packed',
    record: 'advisor_id pack_id number name kind rows size packed_size crc sha256',
  },
  audit_packs: {
    purpose: 'inspection packs that were asked for, for whom and why',
    retention: LAW,
    readers: `owners, ${INSPECTOR} for their own packs`,
    pseudonym: 'requested_by',
    business: 'recipient reason',
    record:
      'advisor_id id state period_from period_until kinds grant_id first_sequence last_sequence checkpoint_size step after position failure created_at finished_at available_until',
  },
  audit_pending: {
    purpose: 'entries that are not sealed yet',
    retention: 'seconds',
    readers: 'the sealer',
    record: 'entry_id recorded_at xact',
  },
}
