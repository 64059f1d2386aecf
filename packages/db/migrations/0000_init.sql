CREATE TABLE "churn_models" (
	"id" uuid PRIMARY KEY NOT NULL,
	"features" jsonb NOT NULL,
	"model" jsonb NOT NULL,
	"quality" jsonb NOT NULL,
	"learnt_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "churn_snapshots" (
	"advisor_id" uuid NOT NULL,
	"week" date NOT NULL,
	"observation" jsonb NOT NULL,
	"announced" boolean NOT NULL,
	"observed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "churn_snapshots_advisor_id_week_pk" PRIMARY KEY("advisor_id","week")
);
--> statement-breakpoint
CREATE TABLE "analytics_cursor" (
	"id" smallint PRIMARY KEY NOT NULL,
	"next_leaf" bigint NOT NULL,
	"counted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "analytics_days" (
	"day" date PRIMARY KEY NOT NULL,
	"judged" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "analytics_events" (
	"advisor_id" uuid NOT NULL,
	"object_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"rule" text DEFAULT '' NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"day" date NOT NULL,
	"hour" smallint NOT NULL,
	"content_id" uuid NOT NULL,
	"campaign_id" uuid,
	"message_id" uuid,
	"language" text,
	"template" text,
	"family" text,
	"value" bigint,
	CONSTRAINT "analytics_events_advisor_id_object_id_kind_rule_occurred_at_pk" PRIMARY KEY("advisor_id","object_id","kind","rule","occurred_at"),
	CONSTRAINT "analytics_events_kind" CHECK ("kind" in ('message.sent', 'message.delivered', 'message.read', 'message.replied', 'message.opted_out', 'message.failed', 'message.priced', 'text.judged', 'text.clean', 'text.sent_back', 'text.found', 'text.set_aside', 'text.approved', 'text.rejected'))
) PARTITION BY RANGE ("occurred_at");
--> statement-breakpoint
CREATE TABLE "analytics_exports" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"report" text NOT NULL,
	"format" text NOT NULL,
	"from_day" date NOT NULL,
	"to_day" date NOT NULL,
	"state" text NOT NULL,
	"body" text,
	"requested_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "analytics_exports_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "analytics_exports_report" CHECK ("report" in ('overview', 'engagement', 'trends', 'compliance')),
	CONSTRAINT "analytics_exports_format" CHECK ("format" in ('csv', 'json')),
	CONSTRAINT "analytics_exports_state" CHECK ("state" in ('waiting', 'ready'))
);
--> statement-breakpoint
CREATE TABLE "analytics_findings" (
	"advisor_id" uuid NOT NULL,
	"day" date NOT NULL,
	"rule_id" text NOT NULL,
	"content_id" uuid NOT NULL,
	"family" text NOT NULL,
	"verdicts" integer NOT NULL,
	"set_aside" integer NOT NULL,
	CONSTRAINT "analytics_findings_advisor_id_day_rule_id_content_id_pk" PRIMARY KEY("advisor_id","day","rule_id","content_id")
);
--> statement-breakpoint
CREATE TABLE "analytics_messages" (
	"advisor_id" uuid NOT NULL,
	"day" date NOT NULL,
	"hour" smallint NOT NULL,
	"campaign_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"language" text,
	"template" text NOT NULL,
	"sent" integer NOT NULL,
	"delivered" integer NOT NULL,
	"read" integer NOT NULL,
	"replied" integer NOT NULL,
	"opted_out" integer NOT NULL,
	"failed" integer NOT NULL,
	"priced" integer NOT NULL,
	"cost_millipaise" bigint NOT NULL,
	CONSTRAINT "analytics_messages_advisor_id_day_hour_campaign_id_pk" PRIMARY KEY("advisor_id","day","hour","campaign_id")
);
--> statement-breakpoint
CREATE TABLE "analytics_rules" (
	"day" date NOT NULL,
	"rule_id" text NOT NULL,
	"family" text NOT NULL,
	"verdicts" integer NOT NULL,
	"set_aside" integer NOT NULL,
	CONSTRAINT "analytics_rules_day_rule_id_family_pk" PRIMARY KEY("day","rule_id","family")
);
--> statement-breakpoint
CREATE TABLE "analytics_texts" (
	"advisor_id" uuid NOT NULL,
	"day" date NOT NULL,
	"content_id" uuid NOT NULL,
	"judged" integer NOT NULL,
	"clean" integer NOT NULL,
	"sent_back" integer NOT NULL,
	"rejected" integer NOT NULL,
	"approved" integer NOT NULL,
	"scores" integer NOT NULL,
	"approval_seconds" integer[] NOT NULL,
	CONSTRAINT "analytics_texts_advisor_id_day_content_id_pk" PRIMARY KEY("advisor_id","day","content_id")
);
--> statement-breakpoint
CREATE TABLE "audit_pack_files" (
	"advisor_id" uuid NOT NULL,
	"pack_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"name" text NOT NULL,
	"kind" text,
	"rows" integer NOT NULL,
	"size" integer NOT NULL,
	"packed_size" integer NOT NULL,
	"crc" bigint NOT NULL,
	"sha256" text NOT NULL,
	"packed" "bytea" NOT NULL,
	CONSTRAINT "audit_pack_files_advisor_id_pack_id_number_pk" PRIMARY KEY("advisor_id","pack_id","number"),
	CONSTRAINT "audit_pack_files_name" UNIQUE("advisor_id","pack_id","name")
);
--> statement-breakpoint
CREATE TABLE "audit_packs" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"period_from" timestamp (3) with time zone NOT NULL,
	"period_until" timestamp (3) with time zone NOT NULL,
	"recipient" text NOT NULL,
	"reason" text NOT NULL,
	"kinds" jsonb NOT NULL,
	"requested_by" uuid,
	"grant_id" uuid,
	"first_sequence" bigint,
	"last_sequence" bigint,
	"checkpoint_size" bigint,
	"step" text,
	"after" text,
	"position" integer DEFAULT 0 NOT NULL,
	"failure" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"available_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_packs_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "audit_packs_state" CHECK ("state" in ('waiting', 'making', 'ready', 'failed', 'deleted'))
);
--> statement-breakpoint
CREATE TABLE "audit_checkpoints" (
	"size" bigint PRIMARY KEY NOT NULL,
	"note" text NOT NULL,
	"signed_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_cosignatures" (
	"size" bigint NOT NULL,
	"witness" text NOT NULL,
	"line" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "audit_cosignatures_size_witness_pk" PRIMARY KEY("size","witness")
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "audit_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"recorded_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"advisor_id" uuid,
	"actor_id" uuid,
	"action" text NOT NULL,
	"object_type" text NOT NULL,
	"object_id" text NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "audit_entries_recorded_at_id_pk" PRIMARY KEY("recorded_at","id")
) PARTITION BY RANGE ("recorded_at");
--> statement-breakpoint
CREATE TABLE "audit_exports" (
	"target" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"exported_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"size" bigint PRIMARY KEY NOT NULL,
	"root" "bytea" NOT NULL,
	"frontier" "bytea" NOT NULL,
	"sealed_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_leaves" (
	"leaf_index" bigint PRIMARY KEY NOT NULL,
	"entry_id" bigint NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"stream" uuid NOT NULL,
	"stream_sequence" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_leaves_entry" UNIQUE("entry_id"),
	CONSTRAINT "audit_leaves_stream" UNIQUE("stream","stream_sequence")
);
--> statement-breakpoint
CREATE TABLE "audit_nodes" (
	"level" smallint NOT NULL,
	"node_index" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_nodes_level_node_index_pk" PRIMARY KEY("level","node_index")
);
--> statement-breakpoint
CREATE TABLE "audit_pending" (
	"entry_id" bigint PRIMARY KEY NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"xact" "xid8" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "billing_details" (
	"advisor_id" uuid PRIMARY KEY NOT NULL,
	"state_code" text NOT NULL,
	"recipient" "bytea" NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "billing_details_state_code" CHECK ("state_code" in ('10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23', '24', '26', '27', '29', '30', '31', '32', '33', '34', '35', '36', '37', '38', '01', '02', '03', '04', '05', '06', '07', '08', '09'))
);
--> statement-breakpoint
CREATE TABLE "book_comparisons" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ran_at" timestamp (3) with time zone NOT NULL,
	"from_at" timestamp (3) with time zone NOT NULL,
	"to_at" timestamp (3) with time zone NOT NULL,
	"checked" integer NOT NULL,
	"differing" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_entries" (
	"advisor_id" uuid NOT NULL,
	"source" text NOT NULL,
	"account" text NOT NULL,
	"amount_paise" bigint NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "ledger_entries_advisor_id_source_account_pk" PRIMARY KEY("advisor_id","source","account"),
	CONSTRAINT "ledger_entries_account" CHECK ("account" in ('razorpay', 'revenue', 'cgst', 'sgst', 'igst'))
);
--> statement-breakpoint
CREATE TABLE "payments" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subscription_id" uuid NOT NULL,
	"razorpay_payment_id" text NOT NULL,
	"amount_paise" bigint NOT NULL,
	"method" text,
	"paid_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payments_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "payments_razorpay_payment_id" UNIQUE("razorpay_payment_id"),
	CONSTRAINT "payments_amount" CHECK ("amount_paise" >= 0)
);
--> statement-breakpoint
CREATE TABLE "plan_usage" (
	"advisor_id" uuid NOT NULL,
	"meter" text NOT NULL,
	"period" date NOT NULL,
	"used" integer NOT NULL,
	"allowed" integer NOT NULL,
	CONSTRAINT "plan_usage_advisor_id_meter_pk" PRIMARY KEY("advisor_id","meter"),
	CONSTRAINT "plan_usage_meter" CHECK ("meter" in ('checks', 'recipients')),
	CONSTRAINT "plan_usage_within" CHECK ("used" between 0 and "allowed")
);
--> statement-breakpoint
CREATE TABLE "razorpay_plans" (
	"key_id" text NOT NULL,
	"plan_id" text NOT NULL,
	"razorpay_plan_id" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "razorpay_plans_key_id_plan_id_pk" PRIMARY KEY("key_id","plan_id")
);
--> statement-breakpoint
CREATE TABLE "refunds" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"razorpay_payment_id" text NOT NULL,
	"amount_paise" bigint NOT NULL,
	"reason" text NOT NULL,
	"state" text NOT NULL,
	"razorpay_refund_id" text,
	"requested_by" uuid,
	"decided_by" uuid,
	"next_look_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "refunds_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "refunds_razorpay_refund_id" UNIQUE("razorpay_refund_id"),
	CONSTRAINT "refunds_state" CHECK ("state" in ('awaiting_approval', 'requested', 'created', 'processed', 'failed', 'refused')),
	CONSTRAINT "refunds_amount" CHECK ("amount_paise" > 0)
);
--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"plan_id" text NOT NULL,
	"tier" text NOT NULL,
	"period" text NOT NULL,
	"payment" text NOT NULL,
	"price_paise" bigint NOT NULL,
	"state" text NOT NULL,
	"razorpay_id" text,
	"razorpay_plan_id" text,
	"checkout_url" text,
	"token_id" text,
	"starts_at" timestamp (3) with time zone,
	"as_of" timestamp (3) with time zone,
	"current_start" timestamp (3) with time zone,
	"current_end" timestamp (3) with time zone,
	"charge_at" timestamp (3) with time zone,
	"paid_count" integer DEFAULT 0 NOT NULL,
	"auth_attempts" integer DEFAULT 0 NOT NULL,
	"paid_until" timestamp (3) with time zone,
	"cancel_at" text,
	"cancel_told" boolean DEFAULT false NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"paused_by_customer" boolean DEFAULT false NOT NULL,
	"replaces_id" uuid,
	"dunning_step" integer DEFAULT 0 NOT NULL,
	"next_look_at" timestamp (3) with time zone,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "subscriptions_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "subscriptions_razorpay_id" UNIQUE("razorpay_id"),
	CONSTRAINT "subscriptions_tier" CHECK ("tier" in ('basic', 'standard', 'pro')),
	CONSTRAINT "subscriptions_period" CHECK ("period" in ('monthly', 'yearly')),
	CONSTRAINT "subscriptions_payment" CHECK ("payment" in ('mandate', 'order')),
	CONSTRAINT "subscriptions_state" CHECK ("state" in ('opening', 'unknown', 'failed', 'created', 'authenticated', 'active', 'pending', 'halted', 'paused', 'cancelled', 'completed', 'expired')),
	CONSTRAINT "subscriptions_cancel_at" CHECK ("cancel_at" in ('now', 'period_end'))
);
--> statement-breakpoint
CREATE TABLE "tax_documents" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"number" text NOT NULL,
	"source" text NOT NULL,
	"total_paise" bigint NOT NULL,
	"document" "bytea" NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tax_documents_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "tax_documents_source" UNIQUE("advisor_id","source"),
	CONSTRAINT "tax_documents_number" UNIQUE("number"),
	CONSTRAINT "tax_documents_kind" CHECK ("kind" in ('invoice', 'credit_note'))
);
--> statement-breakpoint
CREATE TABLE "tax_series" (
	"series" text PRIMARY KEY NOT NULL,
	"last_number" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ai_allowances" (
	"advisor_id" uuid PRIMARY KEY NOT NULL,
	"day" date NOT NULL,
	"calls" integer NOT NULL,
	"input_tokens" integer DEFAULT 0 NOT NULL,
	"output_tokens" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"paused_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "ai_uses" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"check_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"version_hash" text NOT NULL,
	"rule_set_digest" text NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"prompt_version" text NOT NULL,
	"prompt_digest" text NOT NULL,
	"output_digest" text,
	"source" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"concerns" jsonb NOT NULL,
	"input_tokens" integer NOT NULL,
	"output_tokens" integer NOT NULL,
	"took_ms" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ai_uses_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "ai_uses_check" UNIQUE("advisor_id","check_id"),
	CONSTRAINT "ai_uses_source" CHECK ("source" in ('model', 'cache', 'none')),
	CONSTRAINT "ai_uses_outcome" CHECK ("outcome" in ('no_concern', 'concern', 'unusable', 'failed', 'not_asked')),
	CONSTRAINT "ai_uses_reason" CHECK ("reason" in ('budget_spent', 'circuit_open', 'too_late', 'no_answer', 'rate_limited', 'key_refused', 'vendor_failed'))
);
--> statement-breakpoint
CREATE TABLE "refusal_fingerprints" (
	"advisor_id" uuid NOT NULL,
	"fingerprint" bigint NOT NULL,
	"review_id" uuid NOT NULL,
	CONSTRAINT "refusal_fingerprints_advisor_id_fingerprint_review_id_pk" PRIMARY KEY("advisor_id","fingerprint","review_id")
);
--> statement-breakpoint
CREATE TABLE "refusals" (
	"advisor_id" uuid NOT NULL,
	"review_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"rule_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "refusals_advisor_id_review_id_pk" PRIMARY KEY("advisor_id","review_id")
);
--> statement-breakpoint
CREATE TABLE "rewrite_links" (
	"advisor_id" uuid NOT NULL,
	"verdict_id" uuid NOT NULL,
	"review_id" uuid NOT NULL,
	"alike" integer NOT NULL,
	"contained" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rewrite_links_advisor_id_verdict_id_review_id_pk" PRIMARY KEY("advisor_id","verdict_id","review_id")
);
--> statement-breakpoint
CREATE TABLE "firm_rule_sets" (
	"advisor_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"digest" text NOT NULL,
	"rules" jsonb NOT NULL,
	"set_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "firm_rule_sets_advisor_id_version_pk" PRIMARY KEY("advisor_id","version")
);
--> statement-breakpoint
CREATE TABLE "shadow_findings" (
	"advisor_id" uuid NOT NULL,
	"verdict_id" uuid NOT NULL,
	"rule_id" text NOT NULL,
	"severity" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shadow_findings_advisor_id_verdict_id_rule_id_pk" PRIMARY KEY("advisor_id","verdict_id","rule_id"),
	CONSTRAINT "shadow_findings_severity" CHECK ("severity" in ('block', 'high', 'medium', 'low'))
);
--> statement-breakpoint
CREATE TABLE "warning_translations" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"warning" text NOT NULL,
	"language" text NOT NULL,
	"text" text NOT NULL,
	"state" text DEFAULT 'proposed' NOT NULL,
	"proposed_by" uuid NOT NULL,
	"decided_by" uuid,
	"note" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "warning_translations_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "warning_translations_warning" CHECK ("warning" in ('W1', 'W2', 'W2_RA', 'W4', 'INS')),
	CONSTRAINT "warning_translations_language" CHECK ("language" in ('hi', 'mr', 'gu', 'ta')),
	CONSTRAINT "warning_translations_state" CHECK ("state" in ('proposed', 'approved', 'refused', 'replaced'))
);
--> statement-breakpoint
CREATE TABLE "approvals" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"verdict_id" uuid NOT NULL,
	"approved_via" text NOT NULL,
	"approver_id" uuid,
	"statement" text NOT NULL,
	"key_id" text NOT NULL,
	"signature" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "approvals_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "approvals_verdict" UNIQUE("advisor_id","verdict_id"),
	CONSTRAINT "approvals_approved_via" CHECK ("approved_via" in ('policy', 'reviewer'))
);
--> statement-breakpoint
CREATE TABLE "compliance_checks" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"stages_done" integer DEFAULT 0 NOT NULL,
	"rule_set_digest" text,
	"findings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"stages" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "compliance_checks_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "compliance_checks_state" CHECK ("state" in ('running', 'done', 'abandoned')),
	CONSTRAINT "compliance_checks_stages_done" CHECK ("stages_done" in ('0', '1', '2', '3'))
);
--> statement-breakpoint
CREATE TABLE "compliance_standings" (
	"advisor_id" uuid PRIMARY KEY NOT NULL,
	"score" integer NOT NULL,
	"verdict_count" integer NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "finding_overrides" (
	"advisor_id" uuid NOT NULL,
	"review_id" uuid NOT NULL,
	"finding" integer NOT NULL,
	"officer_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"valid_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "finding_overrides_advisor_id_review_id_finding_officer_id_pk" PRIMARY KEY("advisor_id","review_id","finding","officer_id")
);
--> statement-breakpoint
CREATE TABLE "live_approvals" (
	"advisor_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"approval_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"rule_set_digest" text NOT NULL,
	"licences" jsonb NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"warned_at" timestamp (3) with time zone,
	CONSTRAINT "live_approvals_advisor_id_content_id_pk" PRIMARY KEY("advisor_id","content_id")
);
--> statement-breakpoint
CREATE TABLE "review_suggestions" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"review_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"suggested_by" uuid NOT NULL,
	"content" text NOT NULL,
	"note" text NOT NULL,
	"state" text DEFAULT 'offered' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "review_suggestions_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "review_suggestions_state" CHECK ("state" in ('offered', 'accepted', 'declined'))
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"verdict_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"kind" text DEFAULT 'decision' NOT NULL,
	"path" text NOT NULL,
	"score" integer NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"claimed_by" uuid,
	"claimed_until" timestamp (3) with time zone,
	"endorsed_by" uuid,
	"note" text,
	"due_at" timestamp (3) with time zone NOT NULL,
	"escalated_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "reviews_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "reviews_verdict" UNIQUE("advisor_id","verdict_id","kind"),
	CONSTRAINT "reviews_state" CHECK ("state" in ('open', 'claimed', 'suggested', 'approved', 'rejected', 'withdrawn')),
	CONSTRAINT "reviews_kind" CHECK ("kind" in ('decision', 'appeal', 'second_look')),
	CONSTRAINT "reviews_path" CHECK ("path" in ('firm', 'sole_practitioner'))
);
--> statement-breakpoint
CREATE TABLE "rule_flips" (
	"advisor_id" uuid NOT NULL,
	"impact_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"status" text NOT NULL,
	"direction" text NOT NULL,
	"from_outcome" text NOT NULL,
	"to_outcome" text,
	"rules_gone" jsonb NOT NULL,
	"rules_new" jsonb NOT NULL,
	CONSTRAINT "rule_flips_advisor_id_content_id_impact_id_pk" PRIMARY KEY("advisor_id","content_id","impact_id"),
	CONSTRAINT "rule_flips_direction" CHECK ("direction" in ('stricter', 'looser'))
);
--> statement-breakpoint
CREATE TABLE "rule_impacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"digest" text NOT NULL,
	"base_digest" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"after" jsonb,
	"judged" integer DEFAULT 0 NOT NULL,
	"stricter" integer DEFAULT 0 NOT NULL,
	"looser" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"requested_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"proposed_by" uuid,
	"activated_by" uuid,
	"activated_at" timestamp (3) with time zone,
	CONSTRAINT "rule_impacts_state" CHECK ("state" in ('running', 'done', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "rule_packs" (
	"digest" text PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"pack" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "verdicts" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"check_id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"score" integer NOT NULL,
	"findings" jsonb NOT NULL,
	"obligations" jsonb NOT NULL,
	"rule_set_version" text NOT NULL,
	"rule_set_digest" text NOT NULL,
	"pack_digest" text NOT NULL,
	"firm_rules_version" integer,
	"engine_version" text NOT NULL,
	"stages" jsonb NOT NULL,
	"input" jsonb NOT NULL,
	"input_hash" text NOT NULL,
	"ai_status" text NOT NULL,
	"rendered_text" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "verdicts_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "verdicts_check" UNIQUE("advisor_id","check_id"),
	CONSTRAINT "verdicts_outcome" CHECK ("outcome" in ('clean', 'review', 'changes_required')),
	CONSTRAINT "verdicts_ai_status" CHECK ("ai_status" in ('off', 'ok', 'cached', 'unavailable'))
);
--> statement-breakpoint
CREATE TABLE "content_versions" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"text" text NOT NULL,
	"channel" text NOT NULL,
	"audience" text NOT NULL,
	"language" text,
	"hash" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "content_versions_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "content_versions_number" UNIQUE("advisor_id","content_id","number"),
	CONSTRAINT "content_versions_channel" CHECK ("channel" in ('whatsapp', 'email', 'linkedin', 'website', 'sms', 'other')),
	CONSTRAINT "content_versions_audience" CHECK ("audience" in ('client', 'clients', 'public')),
	CONSTRAINT "content_versions_language" CHECK ("language" in ('en', 'hi', 'hinglish', 'mr', 'gu', 'ta', 'other'))
) PARTITION BY HASH ("advisor_id");
--> statement-breakpoint
CREATE TABLE "contents" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"status" text NOT NULL,
	"topic" text,
	"external_id" text,
	"version_id" uuid NOT NULL,
	"version_number" integer NOT NULL,
	"excerpt" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "contents_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "contents_status" CHECK ("status" in ('draft', 'checking', 'changes_required', 'in_review', 'approved', 'rejected', 'scheduled', 'published', 'suspended', 'expired', 'withdrawn', 'archived'))
) PARTITION BY HASH ("advisor_id");
--> statement-breakpoint
CREATE TABLE "campaigns" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"approval_id" uuid NOT NULL,
	"state" text NOT NULL,
	"held_reason" text,
	"recipient_ids" jsonb NOT NULL,
	"segment" text,
	"template_id" uuid,
	"template_parameters" text[] DEFAULT '{}' NOT NULL,
	"recipient_count" integer NOT NULL,
	"scheduled_at" timestamp (3) with time zone,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "campaigns_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "campaigns_state" CHECK ("state" in ('draft', 'scheduled', 'sending', 'completed', 'held', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"recipient_id" uuid NOT NULL,
	"action" text NOT NULL,
	"purpose" text NOT NULL,
	"source" text NOT NULL,
	"wording" text NOT NULL,
	"evidence" text,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"recorded_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "consents_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "consents_action" CHECK ("action" in ('granted', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"recipient_id" uuid NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"retry_of" uuid,
	"claim_token" uuid,
	"claimed_until" timestamp (3) with time zone,
	"provider_message_id" text,
	"error_code" integer,
	"reason" text,
	"accepted_at" timestamp (3) with time zone,
	"sent_at" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone,
	"read_at" timestamp (3) with time zone,
	"failed_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "deliveries_advisor_id_id_created_at_pk" PRIMARY KEY("advisor_id","id","created_at"),
	CONSTRAINT "deliveries_state" CHECK ("state" in ('queued', 'claimed', 'accepted', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled'))
) PARTITION BY RANGE ("created_at");
--> statement-breakpoint
CREATE TABLE "message_costs" (
	"advisor_id" uuid NOT NULL,
	"provider_message_id" text NOT NULL,
	"delivery_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"category" text NOT NULL,
	"pricing" text NOT NULL,
	"amount_millipaise" bigint,
	"priced_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "message_costs_advisor_id_provider_message_id_pk" PRIMARY KEY("advisor_id","provider_message_id")
);
--> statement-breakpoint
CREATE TABLE "recipients" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"phone_hash" "bytea",
	"phone" "bytea",
	"bsuid_hash" "bytea",
	"bsuid" "bytea",
	"name" "bytea",
	"country" text,
	"segments" text[] DEFAULT '{}' NOT NULL,
	"state" text NOT NULL,
	"last_sent_at" timestamp (3) with time zone,
	"last_inbound_at" timestamp (3) with time zone,
	"not_before" timestamp (3) with time zone,
	"refused_code" integer,
	"refused_at" timestamp (3) with time zone,
	"counted_in" date,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "recipients_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "recipients_phone_hash" UNIQUE("advisor_id","phone_hash"),
	CONSTRAINT "recipients_bsuid_hash" UNIQUE("advisor_id","bsuid_hash"),
	CONSTRAINT "recipients_reachable" CHECK ("recipients"."phone_hash" is not null or "recipients"."bsuid_hash" is not null),
	CONSTRAINT "recipients_state" CHECK ("state" in ('active', 'opted_out', 'erased'))
);
--> statement-breakpoint
CREATE TABLE "replies" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"recipient_id" uuid NOT NULL,
	"message_id" text NOT NULL,
	"kind" text NOT NULL,
	"body" "bytea",
	"media_id" text,
	"delivery_id" uuid,
	"received_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "replies_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "replies_message_id" UNIQUE("advisor_id","message_id")
);
--> statement-breakpoint
CREATE TABLE "send_lanes" (
	"advisor_id" uuid NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL,
	"taken" integer NOT NULL,
	"paused_until" timestamp (3) with time zone,
	"wake_at" timestamp (3) with time zone,
	CONSTRAINT "send_lanes_advisor_id_pk" PRIMARY KEY("advisor_id")
);
--> statement-breakpoint
CREATE TABLE "shares" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"content_id" uuid NOT NULL,
	"approval_id" uuid NOT NULL,
	"version_hash" text NOT NULL,
	"shared_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shares_advisor_id_id_pk" PRIMARY KEY("advisor_id","id")
);
--> statement-breakpoint
CREATE TABLE "whatsapp_connections" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"waba_id" text NOT NULL,
	"phone_number_id" text NOT NULL,
	"display_phone_number" text,
	"access_token" "bytea" NOT NULL,
	"pin" "bytea" NOT NULL,
	"state" text NOT NULL,
	"step" text NOT NULL,
	"template_status" text,
	"template_status_at" timestamp (3) with time zone,
	"template_category" text,
	"template_category_at" timestamp (3) with time zone,
	"template_next_category" text,
	"quality" text,
	"name_status" text,
	"throughput" integer,
	"daily_people" integer,
	"can_send" text,
	"health_code" integer,
	"billing_currency" text,
	"health_at" timestamp (3) with time zone,
	"quiet_from" integer,
	"quiet_until" integer,
	"failure" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "whatsapp_connections_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "whatsapp_connections_state" CHECK ("state" in ('connecting', 'connected', 'failed', 'revoked'))
);
--> statement-breakpoint
CREATE TABLE "advisors" (
	"id" uuid PRIMARY KEY NOT NULL,
	"display_name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"tier" text DEFAULT 'basic' NOT NULL,
	"tier_steps" jsonb,
	"auto_approve_clean" boolean DEFAULT false NOT NULL,
	"ai_review" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "advisors_status" CHECK ("status" in ('active', 'suspended', 'erased')),
	CONSTRAINT "advisors_tier" CHECK ("tier" in ('basic', 'standard', 'pro'))
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"previous_hash" "bytea",
	"previous_until" timestamp (3) with time zone,
	"scopes" text[] NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "api_keys_scopes" CHECK (cardinality("scopes") > 0 and "scopes" <@ array['profile:read', 'content:read', 'content:write', 'compliance:check', 'recipients:read', 'recipients:write', 'campaigns:read', 'campaigns:write', 'audit:read']),
	CONSTRAINT "api_keys_previous" CHECK (("previous_hash" is null) = ("previous_until" is null))
);
--> statement-breakpoint
CREATE TABLE "email_tokens" (
	"token_hash" "bytea" PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"address_hash" "bytea",
	CONSTRAINT "email_tokens_purpose" CHECK ("purpose" in ('verify', 'reset', 'change'))
);
--> statement-breakpoint
CREATE TABLE "inspector_grants" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"inspector_id" uuid NOT NULL,
	"scopes" text[] NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"valid_until" timestamp (3) with time zone NOT NULL,
	"reason" text NOT NULL,
	"granted_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"revoked_by" uuid,
	CONSTRAINT "inspector_grants_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "inspector_grants_dates" CHECK ("valid_until" > "valid_from"),
	CONSTRAINT "inspector_grants_scopes" CHECK ("scopes" <@ array['content', 'verdicts', 'approvals', 'deliveries', 'audit'] and "scopes" <> '{}')
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"email_hash" "bytea" NOT NULL,
	"email" "bytea" NOT NULL,
	"role" text NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"invited_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp (3) with time zone NOT NULL,
	"sends" integer DEFAULT 1 NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"cancelled_at" timestamp (3) with time zone,
	CONSTRAINT "invitations_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "invitations_token_hash" UNIQUE("token_hash"),
	CONSTRAINT "invitations_role" CHECK ("role" in ('owner', 'member'))
);
--> statement-breakpoint
CREATE TABLE "licence_evidence" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"licence_id" uuid NOT NULL,
	"type" text NOT NULL,
	"document" "bytea" NOT NULL,
	"size" integer NOT NULL,
	"submitted_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "licence_evidence_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "licence_evidence_type" CHECK ("type" in ('reference', 'pdf', 'png', 'jpeg'))
);
--> statement-breakpoint
CREATE TABLE "licence_lists" (
	"type" text PRIMARY KEY NOT NULL,
	"listed_on" date NOT NULL,
	"entries" integer NOT NULL,
	"imported_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "licence_lists_type" CHECK ("type" in ('IA', 'RA', 'MFD', 'INS'))
);
--> statement-breakpoint
CREATE TABLE "licence_register" (
	"type" text NOT NULL,
	"number" text NOT NULL,
	"name" text NOT NULL,
	"valid_until" timestamp (3) with time zone,
	"listed_on" date NOT NULL,
	CONSTRAINT "licence_register_type_number_pk" PRIMARY KEY("type","number"),
	CONSTRAINT "licence_register_type" CHECK ("type" in ('IA', 'RA', 'MFD', 'INS'))
);
--> statement-breakpoint
CREATE TABLE "licences" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"number" text NOT NULL,
	"euin" text,
	"state" text DEFAULT 'claimed' NOT NULL,
	"valid_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "licences_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "licences_advisor_type_number" UNIQUE("advisor_id","type","number"),
	CONSTRAINT "licences_type" CHECK ("type" in ('IA', 'RA', 'MFD', 'INS')),
	CONSTRAINT "licences_state" CHECK ("state" in ('claimed', 'evidence', 'verified', 'lapsing', 'lapsed', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "members" (
	"advisor_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_advisor_id_user_id_pk" PRIMARY KEY("advisor_id","user_id"),
	CONSTRAINT "members_user_id" UNIQUE("user_id"),
	CONSTRAINT "members_role" CHECK ("role" in ('owner', 'member'))
);
--> statement-breakpoint
CREATE TABLE "notification_settings" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"content_sent_back" boolean DEFAULT true NOT NULL,
	"content_decided" boolean DEFAULT true NOT NULL,
	"licence_lapsing" boolean DEFAULT true NOT NULL,
	"hour_started_at" timestamp (3) with time zone,
	"sent_in_hour" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recovery_codes" (
	"user_id" uuid NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "recovery_codes_user_id_code_hash_pk" PRIMARY KEY("user_id","code_hash")
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"token_hash" "bytea" PRIMARY KEY NOT NULL,
	"family_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"session_hash" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "sign_in_failures" (
	"address_hash" "bytea" PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"last_failed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_places" (
	"user_id" uuid NOT NULL,
	"place_hash" "bytea" NOT NULL,
	"last_proved_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sign_in_places_user_id_place_hash_pk" PRIMARY KEY("user_id","place_hash")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email_hash" "bytea" NOT NULL,
	"email" "bytea" NOT NULL,
	"full_name" "bytea" NOT NULL,
	"password_hash" text NOT NULL,
	"role" text NOT NULL,
	"status" text NOT NULL,
	"credential_version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"email_verified_at" timestamp (3) with time zone,
	"last_sign_in_at" timestamp (3) with time zone,
	"pending_email" "bytea",
	"pending_email_hash" "bytea",
	"totp_secret" "bytea",
	"totp_enrolled_at" timestamp (3) with time zone,
	"totp_confirmed_at" timestamp (3) with time zone,
	"totp_last_step" integer,
	"totp_waived" boolean DEFAULT false NOT NULL,
	CONSTRAINT "users_email_hash" UNIQUE("email_hash"),
	CONSTRAINT "users_role" CHECK ("role" in ('advisor', 'reviewer', 'admin', 'inspector')),
	CONSTRAINT "users_status" CHECK ("status" in ('unverified', 'active', 'suspended', 'erased'))
);
--> statement-breakpoint
CREATE TABLE "event_pump" (
	"id" smallint PRIMARY KEY NOT NULL,
	"done_through" bigint NOT NULL,
	"seen_through" bigint NOT NULL,
	"seen_xmax" text NOT NULL,
	"wake_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "outgoing_messages" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"entry_id" bigint NOT NULL,
	"event" text NOT NULL,
	"payload" jsonb NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp (3) with time zone NOT NULL,
	"last_status" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "outgoing_messages_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "outgoing_messages_entry" UNIQUE("advisor_id","endpoint_id","entry_id","event"),
	CONSTRAINT "outgoing_messages_state" CHECK ("state" in ('waiting', 'delivered', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"url" text NOT NULL,
	"events" text[] NOT NULL,
	"secret" "bytea" NOT NULL,
	"state" text NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhook_endpoints_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "webhook_endpoints_state" CHECK ("state" in ('active', 'disabled')),
	CONSTRAINT "webhook_endpoints_events" CHECK ("events" <@ array['content.approved', 'content.rejected', 'content.changes_required', 'campaign.dispatched', 'campaign.progressed', 'campaign.held', 'campaign.completed', 'delivery.accepted', 'delivery.sent', 'delivery.delivered', 'delivery.read', 'delivery.failed', 'recipient.opted_out', 'reply.received', 'subscription.changed'])
);
--> statement-breakpoint
CREATE TABLE "data_keys" (
	"owner_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"keyring_id" text NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "data_keys_owner_id_id_pk" PRIMARY KEY("owner_id","id")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"principal_id" uuid NOT NULL,
	"key" text NOT NULL,
	"operation" text NOT NULL,
	"request_hash" text NOT NULL,
	"response" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_principal_id_key_pk" PRIMARY KEY("principal_id","key")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"queue" text NOT NULL,
	"payload" jsonb NOT NULL,
	"start_after" timestamp (3) with time zone,
	"group_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "rate_windows" (
	"key" text PRIMARY KEY NOT NULL,
	"window_start" bigint NOT NULL,
	"used" integer NOT NULL,
	"previous_used" integer NOT NULL,
	"granted" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"external_id" text NOT NULL,
	"body" "bytea" NOT NULL,
	"state" text DEFAULT 'received' NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_events_source_external_id" UNIQUE("source","external_id"),
	CONSTRAINT "webhook_events_source" CHECK ("source" in ('razorpay', 'whatsapp')),
	CONSTRAINT "webhook_events_state" CHECK ("state" in ('received', 'applied', 'parked'))
);
--> statement-breakpoint
CREATE TABLE "breach_reports" (
	"breach_id" uuid NOT NULL,
	"audience" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"reported_at" timestamp (3) with time zone,
	"reference" text,
	"reported_by" uuid,
	"alarmed_at" timestamp (3) with time zone,
	CONSTRAINT "breach_reports_breach_id_audience_pk" PRIMARY KEY("breach_id","audience"),
	CONSTRAINT "breach_reports_audience" CHECK ("audience" in ('cert_in', 'board', 'people'))
);
--> statement-breakpoint
CREATE TABLE "breaches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"summary" text NOT NULL,
	"noticed_at" timestamp (3) with time zone NOT NULL,
	"data_concerned" text NOT NULL,
	"people_concerned" integer,
	"measures" text NOT NULL,
	"recorded_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"state" text DEFAULT 'requested' NOT NULL,
	"requested_by" uuid,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"erased_at" timestamp (3) with time zone,
	CONSTRAINT "erasures_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "erasures_subject" UNIQUE("advisor_id","subject_kind","subject_id"),
	CONSTRAINT "erasures_subject_kind" CHECK ("subject_kind" in ('recipient', 'person', 'advisor')),
	CONSTRAINT "erasures_state" CHECK ("state" in ('requested', 'held', 'erased'))
);
--> statement-breakpoint
CREATE TABLE "grievances" (
	"user_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"text" "bytea" NOT NULL,
	"raised_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"answer" "bytea",
	"answered_at" timestamp (3) with time zone,
	"answered_by" uuid,
	"alarmed_at" timestamp (3) with time zone,
	CONSTRAINT "grievances_user_id_id_pk" PRIMARY KEY("user_id","id"),
	CONSTRAINT "grievances_state" CHECK ("state" in ('open', 'answered'))
);
--> statement-breakpoint
CREATE TABLE "legal_holds" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"subject_id" uuid,
	"reason" text NOT NULL,
	"placed_by" uuid NOT NULL,
	"placed_at" timestamp (3) with time zone NOT NULL,
	"released_at" timestamp (3) with time zone,
	"released_by" uuid,
	CONSTRAINT "legal_holds_advisor_id_id_pk" PRIMARY KEY("advisor_id","id")
);
--> statement-breakpoint
CREATE TABLE "nominations" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"nominee" "bytea" NOT NULL,
	"nominated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "person_consents" (
	"user_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"action" text NOT NULL,
	"notice_version" text NOT NULL,
	"language" text NOT NULL,
	"request_id" text NOT NULL,
	"session_id" text NOT NULL,
	"ip_hash" "bytea",
	"occurred_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "person_consents_user_id_id_pk" PRIMARY KEY("user_id","id"),
	CONSTRAINT "person_consents_purpose" CHECK ("purpose" in ('product_news', 'usage_research')),
	CONSTRAINT "person_consents_action" CHECK ("action" in ('granted', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "retentions" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"erasure_id" uuid NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"what" text NOT NULL,
	"clause" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"sealed" "bytea",
	"shredded_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "retentions_advisor_id_id_pk" PRIMARY KEY("advisor_id","id"),
	CONSTRAINT "retentions_subject_kind" CHECK ("subject_kind" in ('recipient', 'person', 'advisor')),
	CONSTRAINT "retentions_shredded" CHECK (("sealed" is null) = ("shredded_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "whatsapp_templates" (
	"advisor_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"waba_id" text NOT NULL,
	"provider_id" text,
	"name" text NOT NULL,
	"language" text NOT NULL,
	"body" text,
	"unfit" text,
	"status" text NOT NULL,
	"status_at" timestamp (3) with time zone,
	"rejected_reason" text,
	"quality" text,
	"category" text NOT NULL,
	"category_at" timestamp (3) with time zone,
	"next_category" text,
	"edited_at" timestamp (3) with time zone[] DEFAULT '{}' NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"name_free_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "whatsapp_templates_advisor_id_id_pk" PRIMARY KEY("advisor_id","id")
);
--> statement-breakpoint
ALTER TABLE "audit_pack_files" ADD CONSTRAINT "audit_pack_files_advisor_id_pack_id_audit_packs_advisor_id_id_fk" FOREIGN KEY ("advisor_id","pack_id") REFERENCES "public"."audit_packs"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_checkpoints" ADD CONSTRAINT "audit_checkpoints_size_audit_heads_size_fk" FOREIGN KEY ("size") REFERENCES "public"."audit_heads"("size") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_cosignatures" ADD CONSTRAINT "audit_cosignatures_size_audit_checkpoints_size_fk" FOREIGN KEY ("size") REFERENCES "public"."audit_checkpoints"("size") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billing_details" ADD CONSTRAINT "billing_details_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_uses" ADD CONSTRAINT "ai_uses_advisor_id_version_id_content_versions_advisor_id_id_fk" FOREIGN KEY ("advisor_id","version_id") REFERENCES "public"."content_versions"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refusals" ADD CONSTRAINT "refusals_advisor_id_version_id_content_versions_advisor_id_id_fk" FOREIGN KEY ("advisor_id","version_id") REFERENCES "public"."content_versions"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_advisor_id_version_id_content_versions_advisor_id_id_fk" FOREIGN KEY ("advisor_id","version_id") REFERENCES "public"."content_versions"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compliance_checks" ADD CONSTRAINT "compliance_checks_advisor_id_version_id_content_versions_advisor_id_id_fk" FOREIGN KEY ("advisor_id","version_id") REFERENCES "public"."content_versions"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_impacts" ADD CONSTRAINT "rule_impacts_digest_rule_packs_digest_fk" FOREIGN KEY ("digest") REFERENCES "public"."rule_packs"("digest") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_advisor_id_version_id_content_versions_advisor_id_id_fk" FOREIGN KEY ("advisor_id","version_id") REFERENCES "public"."content_versions"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "content_versions" ADD CONSTRAINT "content_versions_advisor_id_content_id_contents_advisor_id_id_fk" FOREIGN KEY ("advisor_id","content_id") REFERENCES "public"."contents"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contents" ADD CONSTRAINT "contents_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "email_tokens" ADD CONSTRAINT "email_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspector_grants" ADD CONSTRAINT "inspector_grants_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inspector_grants" ADD CONSTRAINT "inspector_grants_inspector_id_users_id_fk" FOREIGN KEY ("inspector_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licence_evidence" ADD CONSTRAINT "licence_evidence_advisor_id_licence_id_licences_advisor_id_id_fk" FOREIGN KEY ("advisor_id","licence_id") REFERENCES "public"."licences"("advisor_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licences" ADD CONSTRAINT "licences_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_advisor_id_advisors_id_fk" FOREIGN KEY ("advisor_id") REFERENCES "public"."advisors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sign_in_places" ADD CONSTRAINT "sign_in_places_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "breach_reports" ADD CONSTRAINT "breach_reports_breach_id_breaches_id_fk" FOREIGN KEY ("breach_id") REFERENCES "public"."breaches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grievances" ADD CONSTRAINT "grievances_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "nominations" ADD CONSTRAINT "nominations_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "churn_snapshots_week_idx" ON "churn_snapshots" USING btree ("week","advisor_id");--> statement-breakpoint
CREATE INDEX "analytics_events_day_idx" ON "analytics_events" USING btree ("advisor_id","day","kind","object_id");--> statement-breakpoint
CREATE INDEX "analytics_exports_created_at_idx" ON "analytics_exports" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "analytics_findings_day_idx" ON "analytics_findings" USING btree ("day");--> statement-breakpoint
CREATE INDEX "analytics_texts_day_idx" ON "analytics_texts" USING btree ("day");--> statement-breakpoint
CREATE INDEX "audit_packs_available_idx" ON "audit_packs" USING btree ("available_until") WHERE "audit_packs"."state" <> 'deleted';--> statement-breakpoint
CREATE INDEX "audit_entries_advisor_idx" ON "audit_entries" USING btree ("advisor_id","id");--> statement-breakpoint
CREATE INDEX "audit_entries_object_idx" ON "audit_entries" USING btree ("advisor_id","object_id","id");--> statement-breakpoint
CREATE INDEX "payments_subscription_idx" ON "payments" USING btree ("advisor_id","subscription_id","id");--> statement-breakpoint
CREATE INDEX "refunds_payment_idx" ON "refunds" USING btree ("advisor_id","razorpay_payment_id");--> statement-breakpoint
CREATE INDEX "refunds_next_look_at_idx" ON "refunds" USING btree ("next_look_at") WHERE "refunds"."next_look_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "subscriptions_opening_key" ON "subscriptions" USING btree ("advisor_id") WHERE "subscriptions"."state" in ('opening', 'unknown', 'created') and "subscriptions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "subscriptions_token_idx" ON "subscriptions" USING btree ("token_id") WHERE "subscriptions"."token_id" is not null;--> statement-breakpoint
CREATE INDEX "subscriptions_next_look_at_idx" ON "subscriptions" USING btree ("next_look_at") WHERE "subscriptions"."next_look_at" is not null;--> statement-breakpoint
CREATE INDEX "shadow_findings_created_idx" ON "shadow_findings" USING btree ("created_at","rule_id");--> statement-breakpoint
CREATE UNIQUE INDEX "warning_translations_approved" ON "warning_translations" USING btree ("advisor_id","language","warning") WHERE "warning_translations"."state" = 'approved';--> statement-breakpoint
CREATE INDEX "warning_translations_proposed_idx" ON "warning_translations" USING btree ("id") WHERE "warning_translations"."state" = 'proposed';--> statement-breakpoint
CREATE INDEX "approvals_content_idx" ON "approvals" USING btree ("advisor_id","content_id","id");--> statement-breakpoint
CREATE INDEX "compliance_checks_version_idx" ON "compliance_checks" USING btree ("advisor_id","version_id");--> statement-breakpoint
CREATE INDEX "compliance_checks_running_idx" ON "compliance_checks" USING btree ("updated_at") WHERE "compliance_checks"."state" = 'running';--> statement-breakpoint
CREATE INDEX "live_approvals_expires_idx" ON "live_approvals" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "live_approvals_rules_idx" ON "live_approvals" USING btree ("rule_set_digest");--> statement-breakpoint
CREATE INDEX "review_suggestions_content_idx" ON "review_suggestions" USING btree ("advisor_id","content_id","id");--> statement-breakpoint
CREATE INDEX "reviews_state_idx" ON "reviews" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "reviews_due_idx" ON "reviews" USING btree ("state","due_at","id");--> statement-breakpoint
CREATE INDEX "reviews_risk_idx" ON "reviews" USING btree ("state","priority" DESC NULLS LAST,"due_at","id");--> statement-breakpoint
CREATE INDEX "reviews_content_idx" ON "reviews" USING btree ("advisor_id","content_id","id");--> statement-breakpoint
CREATE INDEX "rule_flips_impact_idx" ON "rule_flips" USING btree ("impact_id","content_id");--> statement-breakpoint
CREATE UNIQUE INDEX "rule_impacts_successor" ON "rule_impacts" USING btree ("base_digest") WHERE "rule_impacts"."activated_at" is not null;--> statement-breakpoint
CREATE INDEX "verdicts_id_idx" ON "verdicts" USING btree ("id");--> statement-breakpoint
CREATE INDEX "verdicts_content_idx" ON "verdicts" USING btree ("advisor_id","content_id","id");--> statement-breakpoint
CREATE INDEX "contents_status_idx" ON "contents" USING btree ("advisor_id","status","id");--> statement-breakpoint
CREATE INDEX "contents_checking_idx" ON "contents" USING btree ("updated_at") WHERE "contents"."status" = 'checking';--> statement-breakpoint
CREATE UNIQUE INDEX "contents_external_id_idx" ON "contents" USING btree ("advisor_id","external_id") WHERE "contents"."external_id" is not null;--> statement-breakpoint
CREATE INDEX "campaigns_content_idx" ON "campaigns" USING btree ("advisor_id","content_id","id");--> statement-breakpoint
CREATE INDEX "campaigns_running_idx" ON "campaigns" USING btree ("advisor_id","id") WHERE "campaigns"."state" in ('scheduled', 'sending', 'held');--> statement-breakpoint
CREATE INDEX "consents_recipient_idx" ON "consents" USING btree ("advisor_id","recipient_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_campaign_idx" ON "deliveries" USING btree ("advisor_id","campaign_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_due_idx" ON "deliveries" USING btree ("advisor_id","campaign_id","due_at","id") WHERE "deliveries"."state" = 'queued';--> statement-breakpoint
CREATE INDEX "deliveries_recipient_idx" ON "deliveries" USING btree ("advisor_id","recipient_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_provider_message_idx" ON "deliveries" USING btree ("advisor_id","provider_message_id");--> statement-breakpoint
CREATE INDEX "deliveries_claimed_until_idx" ON "deliveries" USING btree ("claimed_until") WHERE "deliveries"."state" in ('claimed', 'unknown');--> statement-breakpoint
CREATE INDEX "message_costs_campaign_idx" ON "message_costs" USING btree ("advisor_id","campaign_id");--> statement-breakpoint
CREATE INDEX "recipients_last_sent_idx" ON "recipients" USING btree ("advisor_id","last_sent_at");--> statement-breakpoint
CREATE INDEX "replies_recipient_idx" ON "replies" USING btree ("advisor_id","recipient_id","id");--> statement-breakpoint
CREATE INDEX "shares_content_idx" ON "shares" USING btree ("advisor_id","content_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "whatsapp_connections_live_idx" ON "whatsapp_connections" USING btree ("advisor_id") WHERE "whatsapp_connections"."state" <> 'revoked';--> statement-breakpoint
CREATE INDEX "whatsapp_connections_number_idx" ON "whatsapp_connections" USING btree ("phone_number_id");--> statement-breakpoint
CREATE UNIQUE INDEX "whatsapp_connections_connected_number_idx" ON "whatsapp_connections" USING btree ("phone_number_id") WHERE "whatsapp_connections"."state" = 'connected';--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_id_idx" ON "api_keys" USING btree ("id");--> statement-breakpoint
CREATE INDEX "email_tokens_user_idx" ON "email_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "inspector_grants_inspector_idx" ON "inspector_grants" USING btree ("advisor_id","inspector_id");--> statement-breakpoint
CREATE INDEX "inspector_grants_id_idx" ON "inspector_grants" USING btree ("id");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_pending_key" ON "invitations" USING btree ("advisor_id","email_hash") WHERE "invitations"."accepted_at" is null and "invitations"."cancelled_at" is null;--> statement-breakpoint
CREATE INDEX "invitations_email_hash_idx" ON "invitations" USING btree ("email_hash","sent_at");--> statement-breakpoint
CREATE INDEX "licence_evidence_licence_idx" ON "licence_evidence" USING btree ("advisor_id","licence_id","id");--> statement-breakpoint
CREATE INDEX "licence_register_listed_on_idx" ON "licence_register" USING btree ("type","listed_on");--> statement-breakpoint
CREATE INDEX "licences_id_idx" ON "licences" USING btree ("id");--> statement-breakpoint
CREATE INDEX "licences_in_force_idx" ON "licences" USING btree ("valid_until") WHERE "licences"."state" in ('verified', 'lapsing');--> statement-breakpoint
CREATE INDEX "refresh_tokens_family_idx" ON "refresh_tokens" USING btree ("family_id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_user_idx" ON "refresh_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sign_in_failures_last_failed_at_idx" ON "sign_in_failures" USING btree ("last_failed_at");--> statement-breakpoint
CREATE INDEX "sign_in_places_last_proved_at_idx" ON "sign_in_places" USING btree ("last_proved_at");--> statement-breakpoint
CREATE INDEX "outgoing_messages_waiting_idx" ON "outgoing_messages" USING btree ("next_at") WHERE "outgoing_messages"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhook_events_parked_idx" ON "webhook_events" USING btree ("source","id") WHERE "webhook_events"."state" = 'parked';--> statement-breakpoint
CREATE INDEX "webhook_events_settled_at_idx" ON "webhook_events" USING btree ("settled_at") WHERE "webhook_events"."settled_at" is not null;--> statement-breakpoint
CREATE INDEX "breach_reports_due_idx" ON "breach_reports" USING btree ("due_at") WHERE "breach_reports"."reported_at" is null;--> statement-breakpoint
CREATE INDEX "grievances_open_idx" ON "grievances" USING btree ("due_at") WHERE "grievances"."state" = 'open';--> statement-breakpoint
CREATE INDEX "legal_holds_open_idx" ON "legal_holds" USING btree ("advisor_id") WHERE "legal_holds"."released_at" is null;--> statement-breakpoint
CREATE INDEX "retentions_erasure_idx" ON "retentions" USING btree ("advisor_id","erasure_id");--> statement-breakpoint
CREATE INDEX "retentions_until_idx" ON "retentions" USING btree ("until") WHERE "retentions"."shredded_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "whatsapp_templates_live_idx" ON "whatsapp_templates" USING btree ("advisor_id","waba_id","name","language") WHERE "whatsapp_templates"."deleted_at" is null;