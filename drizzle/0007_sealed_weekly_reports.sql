CREATE TABLE "report_bounds" (
	"environment_id" bigint PRIMARY KEY NOT NULL,
	"closed_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "report_checks" (
	"report_id" bigint PRIMARY KEY NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	"problem" text
);
--> statement-breakpoint
CREATE TABLE "report_chunks" (
	"operation_id" bigint NOT NULL,
	"seq" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "report_chunks_operation_id_seq_pk" PRIMARY KEY("operation_id","seq")
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reports_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"environment_id" bigint NOT NULL,
	"environment_handle" text NOT NULL,
	"week" date NOT NULL,
	"part" integer NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"rows" integer NOT NULL,
	"failures" integer NOT NULL,
	"rollbacks" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"compressed_bytes" bigint NOT NULL,
	"seal_before" text NOT NULL,
	"seal" text NOT NULL,
	"operation_id" bigint NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reports_operation_id_unique" UNIQUE("operation_id"),
	CONSTRAINT "reports_once" UNIQUE("environment_id","week","part"),
	CONSTRAINT "reports_one_after_another" UNIQUE("environment_id","since")
);
--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "downtime_ms" bigint;--> statement-breakpoint
ALTER TABLE "report_checks" ADD CONSTRAINT "report_checks_report_id_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."reports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "report_chunks" ADD CONSTRAINT "report_chunks_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_environment_id_resources_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "operations_ended" ON "operations" USING btree ("environment_id","finished_at","id") WHERE finished_at is not null;--> statement-breakpoint
-- Compressed already.
ALTER TABLE "report_chunks" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
--> statement-breakpoint
-- However an operation ends, its environment's time is held shared before it is stamped: whoever stamped an
-- instant has committed before that time can be closed, and whoever comes after the closing stamps a later one,
-- also when the clock was put back in between. A statement in here sees what was committed while it waited.
CREATE FUNCTION "stamp_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7232018, (NEW.environment_id % 2147483647)::int);
  NEW.finished_at := greatest(clock_timestamp(), (SELECT closed_until FROM report_bounds WHERE environment_id = NEW.environment_id));
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "operations_end_stamped" BEFORE UPDATE ON "operations" FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND NEW.environment_id IS NOT NULL) EXECUTE FUNCTION "stamp_end"();
--> statement-breakpoint
-- Closes an environment's time up to the end of a week, or up to now when that is earlier; returns which of them.
-- Instants are told in milliseconds elsewhere: rounding up to the next one loses nothing, as nothing ends before it.
CREATE FUNCTION "close_time"("environment" bigint, "week_end" timestamptz) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  closed timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(7232018, (environment % 2147483647)::int);
  closed := least(week_end, date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond');
  INSERT INTO report_bounds VALUES (environment, closed)
    ON CONFLICT (environment_id) DO UPDATE SET closed_until = greatest(report_bounds.closed_until, EXCLUDED.closed_until);
  RETURN closed;
END $$;
--> statement-breakpoint
CREATE TRIGGER "reports_never_changed" BEFORE UPDATE OR DELETE ON "reports" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
-- What was written for a report that was not sealed in the end may be taken away.
CREATE FUNCTION "refuse_sealed_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM reports WHERE operation_id = coalesce(NEW.operation_id, OLD.operation_id)) THEN
    RAISE EXCEPTION 'what is in a sealed report is never changed' USING ERRCODE = 'DV002';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
--> statement-breakpoint
CREATE TRIGGER "report_chunks_never_changed" BEFORE INSERT OR UPDATE OR DELETE ON "report_chunks"
  FOR EACH ROW EXECUTE FUNCTION "refuse_sealed_change"();
