-- Grants those whose turn has come on resources that the caller has locked. Only the head of a resource's queue
-- can have its turn: those that share it, up to the first that wants it alone. A candidate's row is locked
-- before its other holds are read: two operations that end at the same moment and let go of two resources of a
-- third would otherwise each miss the other's release, and nobody would wake the third.
CREATE OR REPLACE FUNCTION "grant_next"("let_go" bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  candidate bigint;
BEGIN
  FOR candidate IN
    SELECT o.id FROM operations o
    WHERE o.status = 'queued' AND NOT o.ready AND o.id = ANY(ARRAY(
      SELECT h.operation_id FROM unnest(let_go) AS resource(id)
      LEFT JOIN LATERAL (
        SELECT alone.position FROM holds alone
        WHERE alone.resource_id = resource.id AND alone.state <> 'released' AND alone.mode = 'exclusive'
        ORDER BY alone.position LIMIT 1) first ON true
      JOIN LATERAL (
        SELECT waiting.operation_id FROM holds waiting
        WHERE waiting.resource_id = resource.id AND waiting.state <> 'released' AND waiting.state = 'waiting'
          AND waiting.position <= coalesce(first.position, 9223372036854775807)) h ON true))
    ORDER BY o.id FOR NO KEY UPDATE OF o
  LOOP
    PERFORM grant_holds(candidate);
  END LOOP;
END $$;
