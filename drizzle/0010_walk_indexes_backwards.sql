DROP INDEX "events_environment";--> statement-breakpoint
DROP INDEX "events_resource";--> statement-breakpoint
DROP INDEX "events_kind";--> statement-breakpoint
DROP INDEX "events_actor";--> statement-breakpoint
DROP INDEX "operations_environment";--> statement-breakpoint
DROP INDEX "operations_resource";--> statement-breakpoint
DROP INDEX "operations_rare_type";--> statement-breakpoint
DROP INDEX "operations_rare_source";--> statement-breakpoint
DROP INDEX "operations_incomplete";--> statement-breakpoint
DROP INDEX "operations_actor";--> statement-breakpoint
CREATE INDEX "events_rare_source" ON "events" USING btree ("source","id") WHERE source <> 'dashboard';--> statement-breakpoint
CREATE INDEX "events_environment" ON "events" USING btree ("environment_id","id");--> statement-breakpoint
CREATE INDEX "events_resource" ON "events" USING btree ("resource_id","id");--> statement-breakpoint
CREATE INDEX "events_kind" ON "events" USING btree ("kind","id");--> statement-breakpoint
CREATE INDEX "events_actor" ON "events" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "operations_environment" ON "operations" USING btree ("environment_id","id");--> statement-breakpoint
CREATE INDEX "operations_resource" ON "operations" USING btree ("resource_id","id");--> statement-breakpoint
CREATE INDEX "operations_rare_type" ON "operations" USING btree ("type","id") WHERE type not in ('deploy', 'restart', 'scale', 'configure');--> statement-breakpoint
CREATE INDEX "operations_rare_source" ON "operations" USING btree ("source","id") WHERE source <> 'dashboard';--> statement-breakpoint
CREATE INDEX "operations_incomplete" ON "operations" USING btree ("id") WHERE rollback = 'incomplete';--> statement-breakpoint
CREATE INDEX "operations_actor" ON "operations" USING btree ("actor_id","id") WHERE actor_id is not null;