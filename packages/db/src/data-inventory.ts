/**
 * What the columns of the database hold:
 *
 * - `personal`: tells by itself who somebody is, or what they said. Always sealed (AES-256-GCM), so always `bytea`.
 * - `secret`: lets somebody in or opens something. Sealed, hashed or wrapped, never in clear.
 * - `pseudonym`: an id or keyed hash that stands for a person and says nothing once the person is erased.
 * - `business`: words of a firm or of ours that are written to be published or filed; no place for personal data.
 * - `record`: ids of things, states, times, counts, settings.
 */
export const COLUMN_CLASSES = ['personal', 'secret', 'pseudonym', 'business', 'record'] as const
export type ColumnClass = (typeof COLUMN_CLASSES)[number]

interface TableEntry extends Partial<Record<ColumnClass, string>> {
  purpose: string
  retention: string
  readers: string
}

const ACCOUNT = 'until the erasure of the firm or person'
/** SEBI (Investment Advisers) Regulations 2013, reg. 19; SEBI (Research Analysts) Regulations 2014, reg. 25. */
const LAW = 'five years at the least, as evidence; names nobody once the people are erased'
const AUDIT = 'for good; names nobody once the people are erased'
/** Companies Act 2013, s. 128(5); CGST Act 2017, s. 36. */
const BOOKS = 'eight years after the end of the financial year, as books of account'
const RECORDS = 'months older than RECORDS_YEARS are detached'
const FIRM = 'people of the firm'
const INSPECTOR = 'an inspector with a grant'

/**
 * Every table and column: for what it is kept, how long, who reads it, and of which class each column is (names
 * separated by spaces). `docs/data-inventory.md` is made of this; a test compares it with the database, so that no
 * column comes in without a word on what it is.
 */
export const DATA_INVENTORY: Record<string, TableEntry> = {
  advisors: {
    purpose: 'the firm as its clients and the regulator know it',
    retention: ACCOUNT,
    readers: FIRM,
    business: 'display_name',
    record: 'id status tier auto_approve_clean ai_review created_at',
  },
  ai_allowances: {
    purpose: 'how often a model was asked for a firm on a day, and when it is asked again',
    retention: ACCOUNT,
    readers: 'the compliance engine',
    record: 'advisor_id day calls input_tokens output_tokens failures paused_until',
  },
  ai_uses: {
    purpose: 'that a model was asked about a text, and what it raised',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    business: 'concerns',
    record:
      'advisor_id id check_id content_id version_id version_hash rule_set_digest provider model prompt_version prompt_digest output_digest source outcome reason input_tokens output_tokens took_ms created_at',
  },
  api_keys: {
    purpose: 'programs that act for a firm',
    retention: `${ACCOUNT}; a revoked key keeps its row, as what it wrote names it`,
    readers: 'owners; the sign-in of programs',
    secret: 'secret_hash previous_hash',
    pseudonym: 'created_by',
    business: 'name',
    record: 'advisor_id id prefix previous_until scopes expires_at last_used_at created_at revoked_at',
  },
  approvals: {
    purpose: 'proof of what was approved for sending',
    retention: LAW,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'approver_id',
    business: 'statement',
    record: 'advisor_id id content_id version_id verdict_id approved_via key_id signature expires_at created_at',
  },
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
  billing_details: {
    purpose: 'to whom invoices are made out',
    retention: ACCOUNT,
    readers: FIRM,
    personal: 'recipient',
    record: 'advisor_id state_code updated_at',
  },
  breach_reports: {
    purpose: 'the reports that a breach makes due',
    retention: 'five years',
    readers: 'administrators',
    pseudonym: 'reported_by',
    record: 'breach_id audience due_at reported_at reference alarmed_at',
  },
  breaches: {
    purpose: 'what went wrong, for the reports to CERT-In, the Board and the people',
    retention: 'five years',
    readers: 'administrators',
    pseudonym: 'recorded_by',
    business: 'summary data_concerned measures',
    record: 'id noticed_at people_concerned created_at',
  },
  campaigns: {
    purpose: 'one text to many recipients',
    retention: LAW,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'recipient_ids created_by',
    record:
      'advisor_id id content_id approval_id state held_reason scheduled_at created_at updated_at segment recipient_count',
  },
  compliance_checks: {
    purpose: 'how far the check of a text came',
    retention: LAW,
    readers: 'the compliance engine',
    business: 'findings',
    record: 'advisor_id id content_id version_id state stages_done rule_set_digest stages created_at updated_at',
  },
  compliance_standings: {
    purpose: 'the moving score of a firm',
    retention: ACCOUNT,
    readers: FIRM,
    record: 'advisor_id score verdict_count updated_at',
  },
  consents: {
    purpose: 'that a recipient agreed or took it back, when and in which words',
    retention: LAW,
    readers: `${FIRM}; the dispatcher`,
    pseudonym: 'recipient_id recorded_by',
    business: 'source wording evidence',
    record: 'advisor_id id action purpose occurred_at created_at',
  },
  content_versions: {
    purpose: 'the texts, as they were checked and sent',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    pseudonym: 'created_by',
    business: 'text',
    record: 'advisor_id id content_id number channel audience language hash created_at',
  },
  contents: {
    purpose: 'a text through its versions',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    pseudonym: 'created_by',
    business: 'topic external_id excerpt',
    record: 'advisor_id id status version_id version_number created_at updated_at',
  },
  data_keys: {
    purpose: 'the keys of the envelope encryption; without a row nothing of its owner opens',
    retention: 'until the erasure of the owner',
    readers: 'every process, with KEYRING',
    secret: 'wrapped',
    pseudonym: 'owner_id',
    record: 'id keyring_id created_at',
  },
  deliveries: {
    purpose: 'one message to one recipient',
    retention: RECORDS,
    readers: `${FIRM}, ${INSPECTOR}`,
    pseudonym: 'recipient_id provider_message_id',
    record:
      'advisor_id id campaign_id state attempts claim_token claimed_until error_code reason accepted_at sent_at delivered_at read_at failed_at created_at updated_at due_at retry_of',
  },
  email_tokens: {
    purpose: 'links in mails',
    retention: 'until they expire',
    readers: 'the sign-in',
    secret: 'token_hash',
    pseudonym: 'user_id address_hash',
    record: 'purpose expires_at used_at created_at',
  },
  erasures: {
    purpose: 'requests to erase, and what became of them',
    retention: 'as long as the audit log',
    readers: 'the person who asked; owners',
    pseudonym: 'subject_id requested_by',
    record: 'advisor_id id subject_kind state requested_at erased_at',
  },
  event_pump: {
    purpose: 'how far the log was turned into events for other systems',
    retention: 'one row, for good',
    readers: 'the worker',
    record: 'id done_through seen_through seen_xmax wake_at',
  },
  finding_overrides: {
    purpose: 'findings that an officer set aside, and why',
    retention: LAW,
    readers: `${FIRM}, reviewers`,
    pseudonym: 'officer_id',
    business: 'reason',
    record: 'advisor_id review_id finding valid_until created_at',
  },
  grievances: {
    purpose: 'complaints about how personal data is handled',
    retention: 'until the erasure of the person',
    readers: 'the person; administrators',
    personal: 'text answer',
    pseudonym: 'user_id answered_by',
    record: 'id state raised_at due_at answered_at alarmed_at',
  },
  idempotency_keys: {
    purpose: 'the first answer to a repeated request',
    retention: '26 hours',
    readers: 'whoever asked first',
    personal: 'response',
    pseudonym: 'principal_id',
    record: 'key operation request_hash created_at',
  },
  inspector_grants: {
    purpose: 'who may look into a firm, and when',
    retention: 'as long as the audit log',
    readers: 'administrators, the inspector',
    pseudonym: 'inspector_id granted_by revoked_by',
    business: 'reason',
    record: 'advisor_id id scopes valid_from valid_until created_at revoked_at',
  },
  invitations: {
    purpose: 'people asked to join a firm',
    retention: ACCOUNT,
    readers: 'owners',
    personal: 'email',
    secret: 'token_hash',
    pseudonym: 'email_hash invited_by',
    record: 'advisor_id id role created_at sent_at sends expires_at accepted_at cancelled_at',
  },
  ledger_entries: {
    purpose: 'double entry of what was paid and given back',
    retention: BOOKS,
    readers: 'administrators',
    record: 'advisor_id source account amount_paise occurred_at recorded_at',
  },
  legal_holds: {
    purpose: 'what must not be destroyed, and why',
    retention: 'as long as the audit log',
    readers: 'administrators',
    pseudonym: 'subject_id placed_by released_by',
    business: 'reason',
    record: 'advisor_id id placed_at released_at',
  },
  licence_evidence: {
    purpose: 'what shows that a licence exists',
    retention: ACCOUNT,
    readers: 'administrators',
    personal: 'document',
    pseudonym: 'submitted_by',
    record: 'advisor_id id licence_id type size created_at',
  },
  licence_lists: {
    purpose: 'which published register was imported when',
    retention: 'until the next list',
    readers: 'administrators',
    record: 'type listed_on entries imported_at',
  },
  licence_register: {
    purpose: "the regulators' published registers",
    retention: 'until the entry leaves the register',
    readers: 'administrators',
    business: 'number name',
    record: 'type valid_until listed_on',
  },
  licences: {
    purpose: 'the registrations under which a firm may publish',
    retention: LAW,
    readers: `${FIRM}, administrators; printed on every message`,
    business: 'number euin',
    record: 'advisor_id id type state valid_until created_at decided_at',
  },
  live_approvals: {
    purpose: 'the approval that covers a text now',
    retention: 'until it lapses',
    readers: 'the dispatcher; the sweeps',
    pseudonym: 'author_id',
    business: 'licences',
    record: 'advisor_id content_id version_id approval_id rule_set_digest expires_at warned_at',
  },
  members: {
    purpose: 'who belongs to which firm',
    retention: ACCOUNT,
    readers: FIRM,
    pseudonym: 'user_id',
    record: 'advisor_id role created_at',
  },
  message_costs: {
    purpose: 'what WhatsApp charges for a message',
    retention: LAW,
    readers: FIRM,
    pseudonym: 'provider_message_id',
    record: 'advisor_id delivery_id campaign_id category pricing amount_millipaise priced_at',
  },
  nominations: {
    purpose: 'who acts for a person after death or incapacity',
    retention: 'until the erasure of the person',
    readers: 'the person; administrators on proof of the case',
    personal: 'nominee',
    pseudonym: 'user_id',
    record: 'nominated_at',
  },
  notification_settings: {
    purpose: 'which mails a person wants',
    retention: ACCOUNT,
    readers: 'the person',
    pseudonym: 'user_id',
    record: 'content_sent_back content_decided licence_lapsing hour_started_at sent_in_hour',
  },
  outbox: {
    purpose: 'jobs on their way to the queue, which name people by id or keyed hash',
    retention: 'milliseconds',
    readers: 'the worker',
    pseudonym: 'payload',
    record: 'id queue start_after group_id created_at',
  },
  outgoing_messages: {
    purpose: "events on their way to a firm's own systems, which name people by id",
    retention: ACCOUNT,
    readers: 'the worker',
    pseudonym: 'payload',
    record: 'advisor_id id endpoint_id entry_id state attempts next_at last_status created_at',
  },
  payments: {
    purpose: 'what Razorpay took for a subscription',
    retention: BOOKS,
    readers: 'administrators',
    pseudonym: 'razorpay_payment_id',
    record: 'advisor_id id subscription_id amount_paise method paid_at created_at',
  },
  person_consents: {
    purpose: 'what people who sign in agreed to and took back',
    retention: 'as long as the audit log',
    readers: 'the person',
    pseudonym: 'user_id session_id ip_hash',
    record: 'id purpose action notice_version language request_id occurred_at',
  },
  rate_windows: {
    purpose: 'how often somebody called within a minute',
    retention: 'two minutes, never on disk for sure',
    readers: 'the rate limiter',
    pseudonym: 'key',
    record: 'window_start used previous_used granted',
  },
  razorpay_plans: {
    purpose: 'under which id Razorpay knows our prices',
    retention: 'for good',
    readers: 'the worker',
    record: 'key_id plan_id razorpay_plan_id created_at',
  },
  recipients: {
    purpose: 'the clients to whom a firm writes',
    retention: `${ACCOUNT}; at an erasure who it was moves to retentions where a law keeps it`,
    readers: `${FIRM}; the dispatcher`,
    personal: 'phone name bsuid',
    pseudonym: 'id phone_hash bsuid_hash',
    record:
      'advisor_id state created_at updated_at country segments last_sent_at last_inbound_at not_before refused_code refused_at',
  },
  recovery_codes: {
    purpose: 'what stands in for a lost authenticator',
    retention: ACCOUNT,
    readers: 'the sign-in',
    secret: 'code_hash',
    pseudonym: 'user_id',
    record: 'created_at used_at',
  },
  refresh_tokens: {
    purpose: 'sign-ins that are renewed',
    retention: '30 days',
    readers: 'the sign-in',
    secret: 'token_hash',
    pseudonym: 'user_id session_hash',
    record: 'family_id expires_at created_at used_at revoked_at',
  },
  refunds: {
    purpose: 'money that goes back',
    retention: BOOKS,
    readers: 'administrators',
    pseudonym: 'razorpay_payment_id razorpay_refund_id requested_by decided_by',
    business: 'reason',
    record: 'advisor_id id amount_paise state next_look_at created_at updated_at',
  },
  replies: {
    purpose: 'what recipients answered',
    retention: `${ACCOUNT} or of the recipient`,
    readers: FIRM,
    personal: 'body',
    pseudonym: 'recipient_id message_id media_id',
    record: 'advisor_id id kind delivery_id received_at created_at',
  },
  retentions: {
    purpose: 'who somebody was, as far as a law keeps it beyond the erasure',
    retention: 'the date in each row; shredded by itself',
    readers: 'nobody in the course of business; an order of a regulator or court',
    personal: 'sealed',
    pseudonym: 'subject_id',
    record: 'advisor_id id erasure_id subject_kind what clause until shredded_at created_at',
  },
  review_suggestions: {
    purpose: 'words that a reviewer proposed for a text',
    retention: LAW,
    readers: `${FIRM}, reviewers`,
    pseudonym: 'suggested_by',
    business: 'content note',
    record: 'advisor_id id review_id content_id state created_at updated_at',
  },
  reviews: {
    purpose: 'texts on which a person decides',
    retention: LAW,
    readers: 'reviewers',
    pseudonym: 'author_id claimed_by endorsed_by',
    business: 'note',
    record:
      'advisor_id id content_id version_id verdict_id kind path score state claimed_until due_at escalated_at created_at updated_at',
  },
  rule_flips: {
    purpose: 'texts on which a candidate rule set decides otherwise',
    retention: LAW,
    readers: 'administrators',
    record: 'advisor_id impact_id content_id version_id status direction from_outcome to_outcome rules_gone rules_new',
  },
  rule_impacts: {
    purpose: 'what a candidate rule set would change',
    retention: LAW,
    readers: 'administrators',
    pseudonym: 'requested_by proposed_by activated_by',
    record: 'id digest base_digest state after judged stricter looser failed created_at finished_at activated_at',
  },
  rule_packs: {
    purpose: 'every rule set that anything was judged by',
    retention: LAW,
    readers: 'everybody who replays a verdict',
    business: 'pack',
    record: 'digest version created_at',
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
  sign_in_failures: {
    purpose: 'wrong tries in a row at one address',
    retention: 'a day',
    readers: 'the sign-in',
    pseudonym: 'address_hash',
    record: 'failures last_failed_at',
  },
  sign_in_places: {
    purpose: 'networks from which a person proved who they are',
    retention: '90 days',
    readers: 'the sign-in',
    pseudonym: 'user_id place_hash',
    record: 'last_proved_at',
  },
  subscriptions: {
    purpose: 'what a firm has booked, and what Razorpay last said of it',
    retention: BOOKS,
    readers: `${FIRM}, administrators`,
    pseudonym: 'razorpay_id token_id created_by',
    record:
      'advisor_id id plan_id tier period payment price_paise state razorpay_plan_id checkout_url starts_at as_of current_start current_end charge_at paid_count auth_attempts paid_until cancel_at cancel_told ended_at paused_by_customer replaces_id dunning_step next_look_at created_at updated_at',
  },
  tax_documents: {
    purpose: 'tax invoices and credit notes, as issued',
    retention: `${BOOKS}; at an erasure the documents move to retentions`,
    readers: `${FIRM}, administrators`,
    personal: 'document',
    record: 'advisor_id id kind number source total_paise issued_at',
  },
  tax_series: {
    purpose: 'the last number of each series of invoices',
    retention: 'for good',
    readers: 'the worker',
    record: 'series last_number',
  },
  users: {
    purpose: 'people who sign in',
    retention: ACCOUNT,
    readers: 'the person, owners of the firm; the mailer',
    personal: 'email full_name pending_email',
    secret: 'password_hash totp_secret',
    pseudonym: 'id email_hash pending_email_hash',
    record:
      'role status credential_version created_at email_verified_at last_sign_in_at totp_enrolled_at totp_confirmed_at totp_last_step totp_waived',
  },
  verdicts: {
    purpose: 'what the engine found in a text',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    business: 'findings rendered_text input',
    record:
      'advisor_id id check_id content_id version_id outcome score obligations rule_set_version rule_set_digest engine_version stages input_hash ai_status created_at',
  },
  warning_translations: {
    purpose: "a firm's words for a prescribed warning in another language",
    retention: LAW,
    readers: `${FIRM}, reviewers`,
    pseudonym: 'proposed_by decided_by',
    business: 'text note',
    record: 'advisor_id id warning language state created_at decided_at',
  },
  webhook_endpoints: {
    purpose: "a firm's own systems that hear of events",
    retention: ACCOUNT,
    readers: 'owners; the worker',
    secret: 'secret',
    business: 'url',
    record: 'advisor_id id events state failing_since created_at updated_at',
  },
  webhook_events: {
    purpose: 'what vendors told us, as signed',
    retention: '30 days after it was settled',
    readers: 'the worker',
    personal: 'body',
    record: 'id source external_id state received_at settled_at',
  },
  whatsapp_connections: {
    purpose: "a firm's WhatsApp number",
    retention: ACCOUNT,
    readers: 'owners; the dispatcher',
    secret: 'access_token pin',
    business: 'display_phone_number',
    record:
      'advisor_id id waba_id phone_number_id state step template_status template_status_at failure created_at updated_at template_category template_category_at template_next_category quality name_status throughput daily_people quiet_from quiet_until',
  },
}
