import { CampaignState, DeliveryState, RecipientState } from '@pramaan/shared'
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
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
    /** What WhatsApp charges the template as; null as long as nobody told. */
    templateCategory: text(),
    templateCategoryAt: at(),
    /** What it is going to be charged as, where WhatsApp has announced it. */
    templateNextCategory: text(),
    /** What WhatsApp says of the number's quality and of its display name. */
    quality: text(),
    nameStatus: text(),
    /** Messages a second that WhatsApp takes from the number; null when it did not say. */
    throughput: integer(),
    /** Persons that may be reached in 24 hours outside of a conversation; null when there is no limit that we know. */
    dailyPeople: integer(),
    /** Whether WhatsApp lets the number send (`AVAILABLE`, `LIMITED`, `BLOCKED`), and the code of what stands against it. */
    canSend: text(),
    healthCode: integer(),
    /** In what WhatsApp bills the account. */
    billingCurrency: text(),
    healthAt: at(),
    /** Minutes of the Indian day between which nothing is sent; null where there are none. */
    quietFrom: integer(),
    quietUntil: integer(),
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
 * A client of the advisor. Phone, name and WhatsApp's own id of the person (`bsuid`) are encrypted; the hashes are keyed
 * look-ups within the advisor. Somebody with a user name at WhatsApp may have no phone here; somebody who is erased has
 * nothing here that says who they were.
 */
export const recipients = pgTable(
  'recipients',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    phoneHash: bytes(),
    phone: bytes(),
    bsuidHash: bytes(),
    bsuid: bytes(),
    name: bytes(),
    /** ISO 3166, by the address; null where our price table has no prices. */
    country: text(),
    segments: text().array().notNull().default([]),
    state: text().notNull().$type<(typeof RECIPIENT_STATES)[number]>(),
    /** When the last message to the person was begun. */
    lastSentAt: at(),
    /** When the person last wrote: for 24 hours from then on the conversation is open. */
    lastInboundAt: at(),
    /** WhatsApp asked us not to write to this person before. */
    notBefore: at(),
    /** The last refusal by WhatsApp that was about this person: its error code and time. */
    refusedCode: integer(),
    refusedAt: at(),
    /** The month in India, by its first day, in which the person was last counted for the plan of the firm. */
    countedIn: date({ mode: 'string' }),
    createdAt: createdAt(),
    updatedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('recipients_phone_hash').on(t.advisorId, t.phoneHash),
    unique('recipients_bsuid_hash').on(t.advisorId, t.bsuidHash),
    index('recipients_last_sent_idx').on(t.advisorId, t.lastSentAt),
    check('recipients_reachable', sql`${t.phoneHash} is not null or ${t.bsuidHash} is not null`),
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
    /** Where it can be shown: the name of a file, a reference of the firm. */
    evidence: text(),
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
    /** The persons as they were named; empty where a segment was. */
    recipientIds: jsonb().$type<string[]>().notNull(),
    segment: text(),
    /** The firm's own template that carries the text, and what fills it; without one the template of the product does. */
    templateId: uuid(),
    templateParameters: text().array().notNull().default([]),
    recipientCount: integer().notNull(),
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
    /** Not to be sent before. */
    dueAt: at().notNull(),
    /** The failed delivery of which this is the one repetition. */
    retryOf: uuid(),
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
    index('deliveries_due_idx').on(t.advisorId, t.campaignId, t.dueAt, t.id).where(sql`${t.state} = 'queued'`),
    index('deliveries_recipient_idx').on(t.advisorId, t.recipientId, t.id),
    index('deliveries_provider_message_idx').on(t.advisorId, t.providerMessageId),
    index('deliveries_claimed_until_idx').on(t.claimedUntil).where(sql`${t.state} in ('claimed', 'unknown')`),
    check('deliveries_state', oneOf('state', DELIVERY_STATES)),
  ],
)

/**
 * How fast an advisor's number sends: a row for each advisor, locked by whoever takes deliveries to send. Times are of
 * the database's clock, which all workers share.
 */
export const sendLanes = pgTable(
  'send_lanes',
  {
    advisorId: advisorId(),
    /** The last taking, and how many were taken since there was a pause of a second. */
    takenAt: at().notNull(),
    taken: integer().notNull(),
    /** WhatsApp was busy: nothing is taken before. */
    pausedUntil: at(),
    /** A job comes then; another need not be asked for. */
    wakeAt: at(),
  },
  (t) => [primaryKey({ columns: [t.advisorId] })],
)

/** What WhatsApp charges for a message, once for each of its message ids, by the first price that it told. */
export const messageCosts = pgTable(
  'message_costs',
  {
    advisorId: advisorId(),
    providerMessageId: text().notNull(),
    deliveryId: uuid().notNull(),
    campaignId: uuid().notNull(),
    category: text().notNull(),
    /** As WhatsApp says: `regular`, or why it is free. */
    pricing: text().notNull(),
    /** Thousandths of a paisa, without tax; null when our price table has no price for it. */
    amountMillipaise: bigint({ mode: 'number' }),
    pricedAt: at().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.providerMessageId] }),
    index('message_costs_campaign_idx').on(t.advisorId, t.campaignId),
  ],
)

/** What somebody wrote to the advisor's number. The words are encrypted; media stay with WhatsApp and are named by id. */
export const replies = pgTable(
  'replies',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    recipientId: uuid().notNull(),
    messageId: text().notNull(),
    /** As WhatsApp names it: `text`, `image`, `button`, ... */
    kind: text().notNull(),
    body: bytes(),
    mediaId: text(),
    /** Our delivery that was answered, where WhatsApp says so. */
    deliveryId: uuid(),
    receivedAt: at().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.advisorId, t.id] }),
    unique('replies_message_id').on(t.advisorId, t.messageId),
    index('replies_recipient_idx').on(t.advisorId, t.recipientId, t.id),
  ],
)

/** An approved text that somebody took to send it by hand, with the proof that covers it. Append-only. */
export const shares = pgTable(
  'shares',
  {
    advisorId: advisorId(),
    id: uuid().notNull(),
    contentId: uuid().notNull(),
    approvalId: uuid().notNull(),
    versionHash: text().notNull(),
    sharedBy: uuid().notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.advisorId, t.id] }), index('shares_content_idx').on(t.advisorId, t.contentId, t.id)],
)
