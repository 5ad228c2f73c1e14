DROP INDEX "operations_environment";--> statement-breakpoint
DROP INDEX "operations_actor";--> statement-breakpoint
CREATE INDEX "operations_rare_type_of_environment" ON "operations" USING btree ("environment_id","type","id") WHERE type not in ('deploy', 'restart', 'scale', 'configure');--> statement-breakpoint
CREATE INDEX "operations_rare_source_of_environment" ON "operations" USING btree ("environment_id","source","id") WHERE source <> 'dashboard';--> statement-breakpoint
CREATE INDEX "operations_wrong_of_environment" ON "operations" USING btree ("environment_id","status","id","queued_at") WHERE status in ('failed', 'cancelled');--> statement-breakpoint
CREATE INDEX "operations_noted" ON "operations" USING btree ("environment_id","id") WHERE note is not null;--> statement-breakpoint
CREATE INDEX "operations_environment" ON "operations" USING btree ("environment_id","id","queued_at","status");--> statement-breakpoint
CREATE INDEX "operations_actor" ON "operations" USING btree ("actor_id","id","environment_id") WHERE actor_id is not null;