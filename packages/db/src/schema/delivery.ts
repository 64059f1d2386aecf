import { CampaignState, DeliveryState, RecipientState } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, primaryKey, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { advisorId, at, bytes, createdAt, oneOf } from './columns.ts'

export const CONNECTION_STATES = ['connecting', 'connected', 'failed', 'revoked'] as const
export const RECIPIENT_STATES = RecipientState.options
export const CONSENT_ACTIONS = ['granted', 'withdrawn'] as const
export const CAMPAIGN_STATES = CampaignState.options
export const DELIVERY_STATES = DeliveryState.options

/** An advisor's WhatsApp Business number. `step` says how far the connecting came, so that it can be resumed. */
export const whatsappConnections = pgTable(
  'whatsapp_connections',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    wabaId: text().notNull(),
    phoneNumberId: text().notNull(),
    displayPhoneNumber: text(),
    accessToken: bytes().notNull(),
    pin: bytes().notNull(),
    state: text().notNull().$type<(typeof CONNECTION_STATES)[number]>(),
    step: text().notNull(),
    templateStatus: text(),
    /** When WhatsApp said so; an older webhook does not undo a newer one. */
    templateStatusAt: at(),
    failure: text(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    uniqueIndex('whatsapp_connections_live_idx').on(t.advisorId).where(sql`${t.state} <> 'revoked'`),
    index('whatsapp_connections_number_idx').on(t.phoneNumberId),
    uniqueIndex('whatsapp_connections_connected_number_idx').on(t.phoneNumberId).where(sql`${t.state} = 'connected'`),
    check('whatsapp_connections_state', oneOf('state', CONNECTION_STATES)),
  ],
)

/**
 * A client of the advisor. Phone and name are encrypted; `phone_hash` is the keyed look-up within the advisor. Once
 * erased, the phone is empty, the name null, and the hash that of nobody.
 */
export const recipients = pgTable(
  'recipients',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    phoneHash: bytes().notNull(),
    phone: bytes().notNull(),
    name: bytes(),
    state: text().notNull().$type<(typeof RECIPIENT_STATES)[number]>(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('recipients_phone_hash').on(t.advisorId, t.phoneHash),
    check('recipients_state', oneOf('state', RECIPIENT_STATES)),
  ],
)

/** The consent ledger: who agreed to what, when, how and in which words. Append-only. */
export const consents = pgTable(
  'consents',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    recipientId: uuid().notNull(),
    action: text().notNull().$type<(typeof CONSENT_ACTIONS)[number]>(),
    purpose: text().notNull(),
    source: text().notNull(),
    wording: text().notNull(),
    occurredAt: at().notNull(),
    recordedBy: uuid(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('consents_recipient_idx').on(t.advisorId, t.recipientId, t.id),
    check('consents_action', oneOf('action', CONSENT_ACTIONS)),
  ],
)

export const campaigns = pgTable(
  'campaigns',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    approvalId: uuid().notNull(),
    state: text().notNull().$type<(typeof CAMPAIGN_STATES)[number]>(),
    heldReason: text(),
    recipientIds: jsonb().$type<string[]>().notNull(),
    scheduledAt: at(),
    createdBy: uuid().notNull(),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    index('campaigns_content_idx').on(t.advisorId, t.contentId, t.id),
    index('campaigns_running_idx').on(t.advisorId, t.id).where(sql`${t.state} in ('scheduled', 'sending', 'held')`),
    check('campaigns_state', oneOf('state', CAMPAIGN_STATES)),
  ],
)

/** One message to one person. Partitioned by month. */
export const deliveries = pgTable(
  'deliveries',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    campaignId: uuid().notNull(),
    recipientId: uuid().notNull(),
    state: text().notNull().$type<(typeof DELIVERY_STATES)[number]>().default('queued'),
    attempts: integer().notNull().default(0),
    claimToken: uuid(),
    claimedUntil: at(),
    providerMessageId: text(),
    errorCode: integer(),
    reason: text(),
    acceptedAt: at(),
    sentAt: at(),
    deliveredAt: at(),
    readAt: at(),
    failedAt: at(),
    createdAt: at().notNull(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id, t.createdAt] }),
    index('deliveries_campaign_idx').on(t.advisorId, t.campaignId, t.id),
    index('deliveries_provider_message_idx').on(t.advisorId, t.providerMessageId),
    index('deliveries_claimed_until_idx').on(t.claimedUntil).where(sql`${t.state} in ('claimed', 'unknown')`),
    check('deliveries_state', oneOf('state', DELIVERY_STATES)),
  ],
)
