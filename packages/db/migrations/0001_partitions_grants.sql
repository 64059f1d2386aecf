-- Roles: the owner of this database migrates; pramaan_app runs; pramaan_reader is what it becomes to read a report, and who
-- signs in to a replica. The operator may make the roles (with LOGIN) beforehand, and grants the reader to the app then.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pramaan_app') THEN
    CREATE ROLE pramaan_app NOLOGIN NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pramaan_reader') THEN
    CREATE ROLE pramaan_reader NOLOGIN NOBYPASSRLS;
    GRANT pramaan_reader TO pramaan_app;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
CREATE FUNCTION make_append_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION refuse_change()', target);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
END $$;
--> statement-breakpoint
-- A TRUNCATE of a partition does not fire the parent's statement trigger, so each partition of an append-only table gets its own.
CREATE FUNCTION guard_partition(parent regclass, part regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = parent AND tgname = 'no_truncate') THEN
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', part);
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION ensure_month_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  parent text;
  lower_bound date;
  part text;
  made integer := 0;
BEGIN
  FOREACH parent IN ARRAY ARRAY['audit_entries', 'deliveries', 'analytics_events'] LOOP
    FOR step IN -1 .. ahead LOOP
      lower_bound := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => step))::date;
      part := format('%s_%s', parent, to_char(lower_bound, 'YYYY_MM'));
      IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, parent,
          lower_bound::text || ' 00:00:00+00', (lower_bound + interval '1 month')::date::text || ' 00:00:00+00');
        PERFORM guard_partition(parent::regclass, part::regclass);
        made := made + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
-- What is older than the law asks for leaves the table, and waits in a schema of its own for the archive or the shredder.
CREATE SCHEMA detached;
--> statement-breakpoint
-- The months of a table that ended before a moment. Not for the app, which asks by the two functions below.
CREATE FUNCTION detach_months(parent regclass, ended_by timestamptz) RETURNS text[]
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  part text;
  gone text[] := '{}';
BEGIN
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = parent AND c.relname ~ ('^' || parent::text || '_[0-9]{4}_[0-9]{2}$')
      AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= ended_by
    ORDER BY 1
  LOOP
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %I', parent, part);
    EXECUTE format('ALTER TABLE %I SET SCHEMA detached', part);
    gone := gone || part;
  END LOOP;
  RETURN gone;
END $$;
--> statement-breakpoint
CREATE FUNCTION detach_old_months(years integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF years < 5 THEN
    RAISE EXCEPTION 'records are kept for five years at the least';
  END IF;
  RETURN detach_months('deliveries', now() - make_interval(years => years));
END $$;
--> statement-breakpoint
-- Facts of analytics, which are no records: a report looks back over 13 months and over the 13 before them.
CREATE FUNCTION detach_old_facts(months integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF months < 27 THEN
    RAISE EXCEPTION 'reports need the facts of 27 months';
  END IF;
  RETURN detach_months('analytics_events', now() - make_interval(months => months));
END $$;
--> statement-breakpoint
SELECT make_append_only(name::regclass)
FROM unnest(ARRAY['audit_entries', 'audit_leaves', 'audit_nodes', 'audit_heads', 'audit_checkpoints', 'audit_cosignatures',
  'content_versions', 'verdicts', 'approvals', 'consents', 'licence_evidence', 'person_consents', 'shares', 'rule_packs', 'tax_documents', 'ledger_entries', 'payments', 'finding_overrides', 'ai_uses',
  'refusals', 'rewrite_links', 'firm_rule_sets', 'shadow_findings']) AS name;
--> statement-breakpoint
-- Runs as the owner, because the app may not write this table itself: a row there without an entry would let an
-- unaudited change pass. Every name is qualified instead of setting a search path, which would cost as much as the row; an
-- assignment is evaluated in place, where PERFORM would run a query.
CREATE FUNCTION note_pending_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  place pg_catalog.tid;
  noted pg_catalog.text;
BEGIN
  INSERT INTO public.audit_pending VALUES (NEW.id, NEW.recorded_at, pg_catalog.pg_current_xact_id()) RETURNING ctid INTO place;
  noted := pg_catalog.set_config('pramaan.entry', place::pg_catalog.text, true);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER pending BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION note_pending_entry();
--> statement-breakpoint
-- A change commits only with an audit entry of its own transaction. The place that the trigger above left leads straight to
-- its row, whatever plan the size of the table would suggest. It is a hint and no more: what counts is a row of this very
-- transaction there, which the trigger alone can write, so that a place which somebody else left is of no use to him, and one
-- that was rolled back holds nothing. It runs as whoever changed something, with qualified names, as all that it needs is to
-- read. The owner of the schema and superusers, who could drop the trigger, are not asked: they migrate and repair.
CREATE FUNCTION require_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM public.audit_pending
  WHERE ctid OPERATOR(pg_catalog.=) nullif(pg_catalog.current_setting('pramaan.entry', true), '')::pg_catalog.tid
    AND xact OPERATOR(pg_catalog.=) pg_catalog.pg_current_xact_id();
  IF FOUND THEN
    RETURN NULL;
  END IF;
  IF NOT pg_catalog.pg_has_role(session_user,
    (SELECT relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) TG_RELID), 'MEMBER') THEN
    RAISE EXCEPTION 'a change of % was to be committed without an audit entry', TG_TABLE_NAME USING ERRCODE = 'AU001';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- `passing` are columns that are written in passing, such as the time of the last use.
CREATE FUNCTION make_audited(target regclass, VARIADIC passing name[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  columns text := (SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attname <> ALL (passing));
BEGIN
  EXECUTE format('CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE OF %s OR DELETE ON %s
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_audit_entry()', columns, target);
END $$;
--> statement-breakpoint
-- Deflated and encrypted already: PostgreSQL need not try to make it smaller.
ALTER TABLE audit_pack_files ALTER COLUMN packed SET STORAGE EXTERNAL;
--> statement-breakpoint
-- Every table of the business and of people's rights. Not the log itself, and not what only carries it: queue, kept
-- answers, counters (mails are counted in notification_settings), inbox, and links in mails, whose sending and use have
-- their entries.
SELECT make_audited(name::regclass)
FROM unnest(ARRAY['advisors', 'ai_uses', 'approvals', 'billing_details', 'book_comparisons', 'campaigns', 'churn_models', 'compliance_checks',
  'compliance_standings', 'consents', 'content_versions', 'contents', 'data_keys', 'deliveries', 'finding_overrides',
  'firm_rule_sets', 'shadow_findings', 'inspector_grants', 'invitations', 'ledger_entries', 'licence_evidence', 'licence_lists', 'licence_register',
  'licences', 'live_approvals', 'members', 'message_costs', 'payments', 'recovery_codes', 'refresh_tokens', 'refusal_fingerprints',
  'refusals', 'replies', 'review_suggestions', 'reviews', 'rewrite_links', 'rule_flips', 'rule_impacts', 'rule_packs', 'shares', 'sign_in_failures',
  'sign_in_places', 'tax_documents', 'users', 'verdicts', 'warning_translations', 'whatsapp_connections', 'whatsapp_templates']) AS name;
--> statement-breakpoint
SELECT make_audited('api_keys', 'last_used_at'), make_audited('subscriptions', 'as_of', 'next_look_at', 'updated_at'),
  make_audited('refunds', 'next_look_at', 'updated_at'),
  -- How far the making of a pack has come; its request, end and deletion have their entries.
  make_audited('audit_packs', 'state', 'step', 'after', 'position', 'first_sequence', 'last_sequence', 'checkpoint_size'), make_audited('webhook_endpoints', 'failing_since'),
  -- What WhatsApp said and did last about a person, which sets the pace; its entries are those of deliveries and replies.
  make_audited('recipients', 'last_sent_at', 'last_inbound_at', 'not_before', 'refused_at', 'refused_code', 'counted_in');
--> statement-breakpoint
SELECT make_audited(name::regclass)
FROM unnest(ARRAY['breach_reports', 'breaches', 'erasures', 'grievances', 'legal_holds', 'nominations', 'person_consents',
  'retentions']) AS name;
--> statement-breakpoint
DO $$
DECLARE part text;
BEGIN
  FOR remainder IN 0 .. 7 LOOP
    FOREACH part IN ARRAY ARRAY['contents', 'content_versions'] LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part || '_' || remainder, part, remainder);
      PERFORM guard_partition(part::regclass, (part || '_' || remainder)::regclass);
    END LOOP;
  END LOOP;
  FOREACH part IN ARRAY ARRAY['audit_entries', 'deliveries', 'analytics_events'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', part || '_default', part);
    PERFORM guard_partition(part::regclass, (part || '_default')::regclass);
  END LOOP;
END $$;
--> statement-breakpoint
SELECT ensure_month_partitions(3);
--> statement-breakpoint
-- The second wall: whatever a query forgets to ask for, the app sees and writes the rows of one firm. `pramaan.advisor_id`
-- names the firm of a transaction or connection; `*` are all firms; without it there are none. Written so that PostgreSQL
-- inlines it: half a microsecond a row, and the indexes on advisor_id serve as before.
CREATE FUNCTION is_within_reach(advisor uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT advisor::text = current_setting('pramaan.advisor_id', true) OR current_setting('pramaan.advisor_id', true) = '*'
$$;
--> statement-breakpoint
-- Every migration that adds a table with advisor_id calls it again; a test finds a table without its wall.
CREATE FUNCTION wall_off_tenants() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  target regclass;
BEGIN
  FOR target IN
    SELECT c.oid FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT c.relrowsecurity
      AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'advisor_id')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY one_firm ON %s USING (is_within_reach(advisor_id))', target);
  END LOOP;
END $$;
--> statement-breakpoint
SELECT wall_off_tenants();
--> statement-breakpoint
ALTER TABLE advisors ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY one_firm ON advisors USING (is_within_reach(id));
--> statement-breakpoint
-- What strangers, staff and the platform itself do is written down for no firm: anybody may add such an entry.
CREATE POLICY no_firm ON audit_entries FOR INSERT WITH CHECK (advisor_id IS NULL);
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO pramaan_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pramaan_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pramaan_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries, audit_leaves, audit_nodes, audit_heads, audit_checkpoints,
  audit_cosignatures, content_versions, verdicts, approvals, consents, licence_evidence, person_consents, shares, rule_packs, tax_documents, ledger_entries, payments, finding_overrides, ai_uses, refusals,
  rewrite_links, firm_rule_sets, shadow_findings FROM pramaan_app;
--> statement-breakpoint
REVOKE INSERT, UPDATE, TRUNCATE ON audit_pending FROM pramaan_app;
--> statement-breakpoint
-- Number and time of an entry are the database's own.
REVOKE INSERT ON audit_entries FROM pramaan_app;
--> statement-breakpoint
GRANT INSERT (advisor_id, actor_id, action, object_type, object_id, body) ON audit_entries TO pramaan_app;
--> statement-breakpoint
-- Reports count, and need nobody's name for that: whoever reads them sees no bytes, which are what is sealed, and keys and
-- hashes, and nothing that opens an account. A table made later needs a grant of its own.
GRANT USAGE ON SCHEMA public TO pramaan_reader;
--> statement-breakpoint
DO $$
DECLARE target record;
BEGIN
  FOR target IN
    SELECT c.oid::regclass AS name, string_agg(format('%I', attname), ', ') AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND attnum > 0 AND NOT attisdropped AND atttypid <> 'bytea'::regtype
      AND (relname, attname) NOT IN (('users', 'password_hash'))
    GROUP BY c.oid
  LOOP
    EXECUTE format('GRANT SELECT (%s) ON %s TO pramaan_reader', target.columns, target.name);
  END LOOP;
END $$;
--> statement-breakpoint
-- Double entry: at the commit, whatever one source booked adds up to zero.
CREATE FUNCTION require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(amount_paise) FROM ledger_entries WHERE advisor_id = NEW.advisor_id AND source = NEW.source) <> 0 THEN
    RAISE EXCEPTION 'the ledger entries of % do not balance', NEW.source USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION require_balance();
--> statement-breakpoint
-- Partitions are reached through their parent only.
DO $$
DECLARE part regclass;
BEGIN
  FOR part IN SELECT oid::regclass FROM pg_class WHERE relispartition AND relkind = 'r' LOOP
    EXECUTE format('REVOKE ALL ON %s FROM pramaan_app', part);
  END LOOP;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION ensure_month_partitions(integer), detach_old_months(integer), detach_old_facts(integer),
  detach_months(regclass, timestamptz), make_append_only(regclass),
  make_audited(regclass, name[]), guard_partition(regclass, regclass), wall_off_tenants() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ensure_month_partitions(integer), detach_old_months(integer), detach_old_facts(integer)
  TO pramaan_app;
--> statement-breakpoint
CREATE SCHEMA IF NOT EXISTS drizzle;
--> statement-breakpoint
GRANT USAGE ON SCHEMA drizzle TO pramaan_app;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO pramaan_app;
