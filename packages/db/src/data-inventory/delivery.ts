import { ACCOUNT, FIRM, INSPECTOR, LAW, RECORDS, type TableEntry } from './table-entry.ts'

export const DELIVERY_TABLES: Record<string, TableEntry> = {
  campaigns: {
    purpose: 'one text to many recipients',
    retention: LAW,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'recipient_ids created_by',
    business: 'template_parameters',
    record:
      'advisor_id id content_id approval_id state held_reason scheduled_at created_at updated_at segment recipient_count template_id',
  },
  consents: {
    purpose: 'that a recipient agreed or took it back, when and in which words',
    retention: LAW,
    readers: `${FIRM}; the dispatcher`,
    pseudonym: 'recipient_id recorded_by',
    business: 'source wording evidence',
    record: 'advisor_id id action purpose occurred_at created_at',
  },
  deliveries: {
    purpose: 'one message to one recipient',
    retention: RECORDS,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'recipient_id provider_message_id',
    record:
      'advisor_id id campaign_id state attempts claim_token claimed_until error_code reason accepted_at sent_at delivered_at read_at failed_at created_at updated_at due_at retry_of',
  },
  event_pump: {
    purpose: 'how far the log was turned into events for other systems',
    retention: 'one row, for good',
    readers: 'the worker',
    record: 'id done_through seen_through seen_xmax wake_at',
  },
  message_costs: {
    purpose: 'what WhatsApp charges for a message',
    retention: LAW,
    readers: FIRM,
    pseudonym: 'provider_message_id',
    record: 'advisor_id delivery_id campaign_id category pricing amount_millipaise priced_at',
  },
  outgoing_messages: {
    purpose: "events on their way to a firm's own systems, which name people by id",
    retention: ACCOUNT,
    readers: 'the worker',
    pseudonym: 'payload',
    record: 'advisor_id id endpoint_id entry_id event state attempts next_at last_status created_at',
  },
  recipients: {
    purpose: 'the clients to whom a firm writes',
    retention: `${ACCOUNT}; at an erasure who it was moves to retentions where a law keeps it`,
    readers: `${FIRM}; the dispatcher`,
    personal: 'phone name bsuid',
    pseudonym: 'id phone_hash bsuid_hash',
    record:
      'advisor_id state created_at updated_at country segments last_sent_at last_inbound_at not_before refused_code refused_at counted_in',
  },
  replies: {
    purpose: 'what recipients answered',
    retention: `${ACCOUNT} or of the recipient`,
    readers: FIRM,
    personal: 'body',
    pseudonym: 'recipient_id message_id media_id',
    record: 'advisor_id id kind delivery_id received_at created_at',
  },
  send_lanes: {
    purpose: 'the pace at which a firm sends',
    retention: ACCOUNT,
    readers: 'the dispatcher',
    record: 'advisor_id taken_at taken paused_until wake_at',
  },
  shares: {
    purpose: 'that somebody of the firm took an approved text to share it',
    retention: LAW,
    readers: FIRM,
    pseudonym: 'shared_by',
    record: 'advisor_id id content_id approval_id version_hash created_at',
  },
  webhook_endpoints: {
    purpose: "a firm's own systems that hear of events",
    retention: ACCOUNT,
    readers: 'owners; the worker',
    secret: 'secret',
    business: 'url',
    record: 'advisor_id id events state failing_since created_at updated_at',
  },
  whatsapp_connections: {
    purpose: "a firm's WhatsApp number",
    retention: ACCOUNT,
    readers: 'owners; the dispatcher',
    secret: 'access_token pin',
    business: 'display_phone_number',
    record:
      'advisor_id id waba_id phone_number_id state step template_status template_status_at failure created_at updated_at template_category template_category_at template_next_category quality name_status throughput daily_people can_send health_code billing_currency health_at quiet_from quiet_until',
  },
  whatsapp_templates: {
    purpose: "a firm's own message templates",
    retention: ACCOUNT,
    readers: FIRM,
    business: 'name body',
    record:
      'advisor_id id waba_id provider_id language unfit status status_at rejected_reason quality category category_at next_category edited_at deleted_at name_free_at created_at updated_at',
  },
}
