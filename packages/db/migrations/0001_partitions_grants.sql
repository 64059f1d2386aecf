-- Roles: the owner of this database migrates; pramaan_app runs. The operator may make the role (with LOGIN) beforehand.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pramaan_app') THEN
    CREATE ROLE pramaan_app NOLOGIN NOBYPASSRLS;
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
  FOREACH parent IN ARRAY ARRAY['audit_entries', 'deliveries'] LOOP
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
SELECT make_append_only(name::regclass)
FROM unnest(ARRAY['audit_entries', 'content_versions', 'verdicts', 'approvals', 'consents', 'licence_evidence', 'shares']) AS name;
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
  FOREACH part IN ARRAY ARRAY['audit_entries', 'deliveries'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', part || '_default', part);
    PERFORM guard_partition(part::regclass, (part || '_default')::regclass);
  END LOOP;
END $$;
--> statement-breakpoint
SELECT ensure_month_partitions(3);
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO pramaan_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pramaan_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pramaan_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries, content_versions, verdicts, approvals, consents, licence_evidence, shares FROM pramaan_app;
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
REVOKE ALL ON FUNCTION ensure_month_partitions(integer), make_append_only(regclass), guard_partition(regclass, regclass) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ensure_month_partitions(integer) TO pramaan_app;
--> statement-breakpoint
CREATE SCHEMA IF NOT EXISTS drizzle;
--> statement-breakpoint
GRANT USAGE ON SCHEMA drizzle TO pramaan_app;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO pramaan_app;
