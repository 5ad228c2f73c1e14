CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
CREATE SEQUENCE "operation_fence";
--> statement-breakpoint
INSERT INTO "installation" DEFAULT VALUES;
--> statement-breakpoint
INSERT INTO "router_table" DEFAULT VALUES;
--> statement-breakpoint
-- Two holds of one resource may stand together only when both are shared: a shared hold takes one
-- slot, an exclusive one takes them all.
ALTER TABLE "holds" ADD CONSTRAINT "holds_no_conflict" EXCLUDE USING gist (
  "resource_id" WITH =,
  (CASE WHEN "mode" = 'exclusive' THEN int8range(NULL, NULL) ELSE int8range("position", "position", '[]') END) WITH &&
) WHERE ("state" = 'held');
--> statement-breakpoint
-- A stale fencing number is refused here, under the operation's row lock, so that a forgotten
-- condition in a statement cannot matter. The lock makes a takeover wait, or be seen.
CREATE FUNCTION "refuse_stale_fence"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  current_fence bigint;
BEGIN
  SELECT fence INTO current_fence FROM operations WHERE id = NEW.operation_id FOR NO KEY UPDATE;
  IF current_fence IS DISTINCT FROM coalesce(NEW.closed_fence, NEW.fence) THEN
    RAISE EXCEPTION 'fence % of operation % is stale, the current one is %',
      coalesce(NEW.closed_fence, NEW.fence), NEW.operation_id, current_fence USING ERRCODE = 'DV001';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "steps_fenced" BEFORE INSERT OR UPDATE ON "steps" FOR EACH ROW EXECUTE FUNCTION "refuse_stale_fence"();
--> statement-breakpoint
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME USING ERRCODE = 'DV002';
END $$;
--> statement-breakpoint
CREATE TRIGGER "operations_ended_for_good" BEFORE UPDATE OR DELETE ON "operations"
  FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
CREATE TRIGGER "log_lines_append_only" BEFORE UPDATE OR DELETE ON "log_lines" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
CREATE TRIGGER "events_append_only" BEFORE UPDATE OR DELETE ON "events" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
-- Grants an operation all of its holds, or none. Safe while the caller has locked the operation's row
-- or the resources it holds.
CREATE FUNCTION "grant_holds"("operation" bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM holds h JOIN operations o ON o.id = h.operation_id
    WHERE h.operation_id = operation AND (
      EXISTS (
        SELECT FROM holds other
        WHERE other.resource_id = h.resource_id AND other.state <> 'released' AND other.operation_id <> operation
          AND (other.position < h.position OR other.state = 'held')
          AND (other.mode = 'exclusive' OR h.mode = 'exclusive'))
      OR (NOT o.passes_blocks AND EXISTS (
        SELECT FROM blocks b WHERE b.resource_id = h.resource_id AND b.lifted_at IS NULL)))
  ) THEN
    RETURN false;
  END IF;
  UPDATE holds SET state = 'held' WHERE operation_id = operation;
  UPDATE operations SET ready = true WHERE id = operation;
  PERFORM pg_notify('davit_ready', '');
  RETURN true;
END $$;
--> statement-breakpoint
-- Grants those whose turn has come on resources that the caller has locked. A candidate's row is locked
-- before its other holds are read: two operations that end at the same moment and let go of two
-- resources of a third would otherwise each miss the other's release, and nobody would wake the third.
CREATE FUNCTION "grant_next"("let_go" bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  candidate bigint;
BEGIN
  FOR candidate IN
    SELECT o.id FROM operations o
    WHERE o.status = 'queued' AND NOT o.ready AND o.id IN (
      SELECT h.operation_id FROM holds h
      WHERE h.resource_id = ANY(let_go) AND h.state = 'waiting'
        AND NOT EXISTS (
          SELECT FROM holds ahead
          WHERE ahead.resource_id = h.resource_id AND ahead.state <> 'released'
            AND ahead.operation_id <> h.operation_id AND ahead.position < h.position
            AND (ahead.mode = 'exclusive' OR h.mode = 'exclusive')))
    ORDER BY o.id FOR NO KEY UPDATE OF o
  LOOP
    PERFORM grant_holds(candidate);
  END LOOP;
END $$;
