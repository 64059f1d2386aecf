import { z } from 'zod'
import { Day, Id, line, PageInput, page, Time } from './fields.ts'

export const AuditEventView = z.object({
  sequence: z.string(),
  at: Time,
  action: z.string(),
  actor: z.object({ kind: z.string(), id: Id.nullable(), role: z.string().nullable() }),
  object: z.object({ type: z.string(), id: z.string() }),
  from: z.string().nullable(),
  to: z.string().nullable(),
  outcome: z.enum(['done', 'refused']),
  reason: z.string().nullable(),
  versionHash: z.string().nullable(),
  ruleSetDigest: z.string().nullable(),
  requestId: z.string(),
  detail: z.record(z.string(), z.unknown()).nullable(),
})
export type AuditEventView = z.infer<typeof AuditEventView>
export const AuditPage = page(AuditEventView)
export const AuditListInput = PageInput.extend({ objectId: line(80).optional(), action: line(80).optional() })
export const ObjectAuditInput = PageInput.extend({ id: Id })

/** A hash of the Merkle log, in base64. */
const Hash = z.base64()
/** The number of leaves of a tree. */
const TreeSize = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A signed head of the log (C2SP tlog-checkpoint), with the lines of the witnesses that saw it. */
export const CheckpointView = z.object({
  size: TreeSize,
  root: Hash,
  signedAt: Time,
  /** The signed note, cosignatures included: what a verifier is given. */
  note: z.string(),
  witnesses: z.array(z.string()),
})
export type CheckpointView = z.infer<typeof CheckpointView>
export const CheckpointPage = page(CheckpointView)
export const CheckpointListInput = PageInput

/** A positive whole number as it stands in a path. */
const Digits = z.string().regex(/^[1-9][0-9]{0,14}$/, 'must be a positive whole number')

export const EventProofInput = z.strictObject({ id: Digits })
/** That an entry stands in the log (RFC 6962 section 2.1.1). */
export const EventProofView = z.object({
  /** The leaf: the entry with its place, as canonical JSON (RFC 8785). Its hash is SHA-256 of 0x00 and these bytes. */
  leaf: z.string(),
  leafHash: Hash,
  leafIndex: TreeSize,
  /** From the leaf upwards. */
  hashes: z.array(Hash),
  checkpoint: CheckpointView,
})
export type EventProofView = z.infer<typeof EventProofView>

/** A signed promise that an entry is in the log or will be: a signed note, to be kept outside. */
export const ReceiptView = z.object({ receipt: z.string() })

export const ConsistencyInput = z.strictObject({ from: Digits, to: Digits })
/** That the log of one size only adds to that of another (RFC 6962 section 2.1.2). */
export const ConsistencyView = z.object({ from: TreeSize, to: TreeSize, hashes: z.array(Hash) })

/** `failed` says why in `failure`; `deleted` ones were kept for as long as was said. */
export const PackState = z.enum(['waiting', 'making', 'ready', 'failed', 'deleted'])
export type PackState = z.infer<typeof PackState>

/** A moment, or a day in India: as a beginning its first moment, as an end its last. */
const Moment = z.union([Day, Time])
export const RequestPackInput = z.strictObject({
  from: Moment,
  to: Moment,
  /** For whom it is; stands on the pack and in the log. */
  recipient: line(120).optional(),
  reason: line(300).optional(),
})
export const PackIdInput = z.strictObject({ id: Id })
export const PackListInput = PageInput
/** An inspection pack, and how far the making of it has come. */
export const PackView = z.object({
  id: Id,
  state: PackState,
  from: Time,
  /** The first moment after the period. */
  until: Time,
  recipient: z.string(),
  reason: z.string(),
  /** What is in it, besides the entries of the audit log. */
  kinds: z.array(z.string()),
  progress: z.object({
    percent: z.int().min(0).max(100),
    files: z.int(),
    rows: z.int(),
    /** Bytes of the archive so far. */
    bytes: z.int(),
  }),
  failure: z.string().nullable(),
  requestedAt: Time,
  finishedAt: Time.nullable(),
  /** It is deleted then. */
  availableUntil: Time,
})
export type PackView = z.infer<typeof PackView>
export const PackPage = page(PackView)
