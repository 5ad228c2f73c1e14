DROP INDEX "events_app";--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "id" DROP IDENTITY;--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "id" SET DEFAULT nextval('operations_id_seq');--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "source" text DEFAULT 'dashboard' NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "resource_kind" text;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "stack_id" bigint;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "environment_handle" text;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "operation_id" bigint;--> statement-breakpoint
CREATE INDEX "events_resource" ON "events" USING btree ("resource_id","id" DESC NULLS LAST);--> statement-breakpoint
-- Events of before have ids that operations have too. They keep their order among themselves, but stand above the
-- operations of before: an operation's id cannot be changed, and there is no room between two of them. By way of
-- negative ids, for a new id may be one that a row further down still has.
ALTER TABLE "events" DISABLE TRIGGER "events_append_only";--> statement-breakpoint
UPDATE "events" SET
  "id" = -"events"."id",
  "source" = CASE WHEN "actor_kind" = 'davit' THEN 'davit' ELSE 'dashboard' END,
  "resource_kind" = (SELECT "kind" FROM "resources" r WHERE r."id" = "resource_id"),
  "stack_id" = (SELECT "stack_id" FROM "resources" r WHERE r."id" = "resource_id"),
  "environment_handle" = (SELECT "handle" FROM "resources" r WHERE r."id" = "events"."environment_id");--> statement-breakpoint
UPDATE "events" SET "id" = "fresh"."id"
FROM (SELECT "old", nextval('operations_id_seq') AS "id" FROM (SELECT "id" AS "old" FROM "events" ORDER BY "id" DESC) AS "sorted") AS "fresh"
WHERE "events"."id" = "fresh"."old";--> statement-breakpoint
ALTER TABLE "events" ENABLE TRIGGER "events_append_only";
