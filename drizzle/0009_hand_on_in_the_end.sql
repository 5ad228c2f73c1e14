DROP INDEX "operations_ready";--> statement-breakpoint
CREATE INDEX "holds_held" ON "holds" USING btree ("operation_id") WHERE state = 'held';--> statement-breakpoint
ALTER TABLE "operations" DROP COLUMN "ready";--> statement-breakpoint
-- Grants an operation all of its holds, or none, and says whether. Safe while the caller has locked the
-- operation's row or the resources it holds. The caller tells the runners.
CREATE OR REPLACE FUNCTION "grant_holds"("operation" bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  passes boolean := (SELECT passes_blocks FROM operations WHERE id = operation);
  mine record;
BEGIN
  FOR mine IN SELECT resource_id, mode, position FROM holds WHERE operation_id = operation LOOP
    IF EXISTS (
      SELECT FROM holds other
      WHERE other.resource_id = mine.resource_id AND other.state <> 'released' AND other.operation_id <> operation
        AND (other.position < mine.position OR other.state = 'held')
        AND (other.mode = 'exclusive' OR mine.mode = 'exclusive')
    ) OR (NOT passes AND EXISTS (SELECT FROM blocks b WHERE b.resource_id = mine.resource_id AND b.lifted_at IS NULL)) THEN
      RETURN false;
    END IF;
  END LOOP;
  UPDATE holds SET state = 'held' WHERE operation_id = operation;
  RETURN true;
END $$;
--> statement-breakpoint
-- Grants those whose turn has come on resources that the caller has locked. Only the head of a resource's queue can
-- have its turn: those that share it, up to the first that wants it alone. A candidate's row is locked, in id
-- order, before its other holds are read: two operations that end at the same moment and let go of two resources
-- of a third would otherwise each miss the other's release, and nobody would wake the third. One look-up at a
-- time: as one query it was planned by what the queue was when it was last analyzed, and read the queues of all.
CREATE OR REPLACE FUNCTION "grant_next"("let_go" bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  resource bigint;
  head record;
  candidates bigint[] := '{}';
  candidate bigint;
BEGIN
  FOREACH resource IN ARRAY let_go LOOP
    FOR head IN
      SELECT operation_id, mode, state FROM holds WHERE resource_id = resource AND state <> 'released' ORDER BY position
    LOOP
      IF head.state = 'waiting' THEN
        candidates := candidates || head.operation_id;
      END IF;
      EXIT WHEN head.mode = 'exclusive';
    END LOOP;
  END LOOP;
  FOR candidate IN SELECT DISTINCT id FROM unnest(candidates) AS waiting(id) ORDER BY id LOOP
    PERFORM FROM operations WHERE id = candidate AND status = 'queued' FOR NO KEY UPDATE;
    IF FOUND THEN
      PERFORM grant_holds(candidate);
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
-- However an operation ends, its end lets go of what it held and hands it on, in the same commit. Whoever ends it has
-- locked the resources that it holds, in id order, before the operation itself.
CREATE FUNCTION "let_go_at_the_end"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  let_go bigint[];
BEGIN
  WITH released AS (UPDATE holds SET state = 'released' WHERE operation_id = NEW.id RETURNING resource_id)
  SELECT coalesce(array_agg(resource_id), '{}') INTO let_go FROM released;
  PERFORM grant_next(let_go);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "operations_let_go" AFTER UPDATE ON "operations"
  FOR EACH ROW WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION "let_go_at_the_end"();
