import type { Db, Tx } from '@pramaan/db'
import type { InspectionScope, MemberRole, Scope, Tier, UserRole } from '@pramaan/shared'
import type { VerifierKey } from '@pramaan/verifier'
import type { AiClient, AnswerCache } from '../clients/ai/index.ts'
import type { MailClient } from '../clients/mail/index.ts'
import type { RazorpayClient } from '../clients/razorpay/index.ts'
import type { WebhookClient } from '../clients/webhook/index.ts'
import type { WhatsappClient } from '../clients/whatsapp/index.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Keys } from './crypto.ts'
import type { Log } from './log.ts'
import type { RateLimiter } from './rate-limit.ts'
import type { SessionStore } from './sessions.ts'

/**
 * Who acts. An advisor's people carry a `memberRole`; staff (reviewer, admin, inspector) do not. An API key acts for its
 * advisor, not for the person who made it.
 */
export type Actor =
  | { kind: 'anonymous' }
  | {
      kind: 'user'
      userId: string
      role: UserRole
      memberRole: MemberRole | null
      sessionId: string
      /** When the person last proved who they are; what needs a fresh proof asks `requireStepUp`. */
      steppedUpAt?: Date
    }
  | { kind: 'api_key'; keyId: string; scopes: readonly Scope[] }
  | { kind: 'system'; name: string }

/** A dated grant under which an inspector reads an advisor's account. */
export interface Inspection {
  readonly grantId: string
  readonly advisorId: string
  readonly scopes: readonly InspectionScope[]
}

/** One step that an audit entry records. Names are past tense: `content.approved`. */
export interface AuditEntry {
  action: string
  objectType: string
  objectId: string
  /** The tenant, when it is not the one of the context (staff acting on an advisor's object). */
  advisorId?: string
  from?: string | null
  to?: string | null
  reason?: string
  versionHash?: string
  ruleSetDigest?: string
  outcome?: 'done' | 'refused'
  detail?: Record<string, unknown>
}

/** The first answer to a write with an `Idempotency-Key` is kept; `replayed` says that this is a repetition of it. */
export interface Idempotency {
  readonly key: string
  readonly operation: string
  readonly requestHash: string
  replayed: boolean
}

/** The outside services, each behind its own client. */
export interface Clients {
  mail: MailClient
  whatsapp: WhatsappClient
  razorpay: RazorpayClient
  /** To addresses of firms; the others are to vendors. */
  webhook: WebhookClient
  /** The model beside stage 2; null where none is set. */
  ai: { model: AiClient; cache: AnswerCache } | null
}

/** Who sells, as it stands on tax invoices, and whose events we take. */
export interface BillingSettings {
  supplierName: string
  supplierAddress: string
  supplierGstin: string
  /** Services Accounting Code of what is sold. */
  sac: string
  /** Events of another account of Razorpay are parked; null: not compared. */
  razorpayAccountId: string | null
}

export interface Settings {
  /** Where people reach this installation; the base of every link we send. */
  publicUrl: string
  /** Development defaults: emulators, caught mail, demo logins. */
  embedded: boolean
  /** The name of the audit log; stands in every checkpoint and never changes. */
  auditOrigin: string
  /** Who cosigns its checkpoints; null where nobody does. */
  auditWitness: { url: string; key: VerifierKey } | null
  /** Where its checkpoints go outside of the system: a folder, addresses of mails, an address that takes a POST. */
  auditExports: { folder: string | null; mail: readonly string[]; url: string | null }
  webhookSecrets: { razorpay: string[]; whatsapp: string; whatsappVerifyToken: string }
  /** What the model beside stage 2 may cost: time per verdict, and calls per advisor and day. */
  ai: { timeoutMs: number; dailyCalls: number }
  billing: BillingSettings
  /** The file that lists what was erased, outside of the database; see `erasure-ledger.ts`. */
  erasureLedger: string
  /** For how many years deliveries are kept; five at the least. */
  recordsYears: number
  /** The cost of password hashes (bcrypt, log2 of the rounds); what production uses unless a test says otherwise. */
  passwordCost?: number
}

/** What every use case gets: who, for whom, when, and the world it may touch. */
export interface Ctx {
  readonly actor: Actor
  /** The tenant acted in; null for staff, the system and strangers. */
  readonly advisorId: string | null
  /** The tenant's tier, where the caller's credentials told it; for estimates, never for strictness. */
  readonly tier?: Tier | null
  /** Set while an inspector looks into `advisorId`: then only reads that name a scope are open. */
  readonly inspection?: Inspection | null
  readonly requestId: string
  readonly ip: string | null
  readonly idempotency?: Idempotency | undefined
  /** What follows in the body of a large request after the part that the input holds: text, in pieces, once. */
  readonly upload?: AsyncIterable<string> | undefined
  /** Sees the rows of `advisorId`, and without one none of any firm, unless the access table says more. */
  readonly db: Db
  readonly keys: Keys
  readonly sessions: SessionStore
  readonly tokens: AccessTokens
  readonly limiter: RateLimiter
  readonly clients: Clients
  readonly settings: Settings
  readonly log: Log
  /** Tells the relay, after a commit, that jobs are waiting. */
  wakeRelay(): void
  now(): Date
  newId(): string
}

/** Inside a command: the open transaction. */
export interface CommandCtx extends Ctx {
  readonly tx: Tx
  /** Set once a job was put into the outbox, so that the relay is woken after the commit. */
  readonly outbox: { filled: boolean }
}

/** The same request, for a step that follows from what somebody did and that is nobody's own. */
export const asSystem = (ctx: Ctx, name: string): Ctx => ({
  ...ctx,
  actor: { kind: 'system', name },
  idempotency: undefined,
})

/** The acting user's id; only call where the permission already refused everybody else. */
export function userIdOf(ctx: Ctx): string {
  if (ctx.actor.kind !== 'user') throw new Error('this step needs a signed-in user')
  return ctx.actor.userId
}

/** Under whose id the log keeps what somebody does: the person or the API key; null for strangers and the system. */
export function actorIdOf(actor: Actor): string | null {
  if (actor.kind === 'user') return actor.userId
  return actor.kind === 'api_key' ? actor.keyId : null
}

/** Who wrote something for a firm: a person of it, or its API key; only call where everybody else was refused. */
export function authorIdOf(ctx: Ctx): string {
  const id = actorIdOf(ctx.actor)
  if (id === null) throw new Error('this step needs somebody of the firm')
  return id
}

/** The tenant; only call where the permission already refused everybody without one. */
export function advisorIdOf(ctx: Ctx): string {
  if (ctx.advisorId === null) throw new Error('this step needs an advisor')
  return ctx.advisorId
}

/** The context of a job that reads outside of any command: it sees the rows of the firm that its payload names. */
export const withinFirm = (ctx: Ctx, advisorId: string): Ctx => ({ ...ctx, db: ctx.db.forAdvisor(advisorId) })
