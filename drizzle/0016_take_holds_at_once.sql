-- What a new operation holds, each at its place in that resource's queue, granted at once when its turn is now; and
-- the runners and whoever watches are told. Whoever calls has locked the resources, in id order, so that the order of
-- positions is the order of commits. What passes a block goes to the place of the operation that left it, ahead of
-- all that waits behind the block. A function, because its statements are planned once a connection: one by one
-- they were planned at every start, which took longer than carrying them out.
CREATE FUNCTION "take_holds"("operation" bigint, "wanted" jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  passes boolean := (SELECT passes_blocks FROM operations WHERE id = operation);
  hold record;
  place bigint;
BEGIN
  FOR hold IN SELECT id, mode FROM jsonb_to_recordset(wanted) AS one(id bigint, mode text) ORDER BY id LOOP
    UPDATE resources SET next_position = next_position + 1 WHERE id = hold.id RETURNING next_position - 1 INTO place;
    IF passes THEN
      place := coalesce((
        SELECT min(h.position) FROM blocks b
        JOIN holds h ON h.operation_id = b.operation_id AND h.resource_id = b.resource_id
        WHERE b.resource_id = hold.id AND b.lifted_at IS NULL), place);
    END IF;
    INSERT INTO holds (operation_id, resource_id, mode, position) VALUES (operation, hold.id, hold.mode, place);
  END LOOP;
  IF grant_holds(operation) THEN
    PERFORM pg_notify('davit_ready', '');
  END IF;
  PERFORM pg_notify('davit_operations', operation::text);
END $$;
