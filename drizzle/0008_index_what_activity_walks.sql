DROP INDEX "operations_app";--> statement-breakpoint
DROP INDEX "operations_stack";--> statement-breakpoint
DROP INDEX "operations_type";--> statement-breakpoint
DROP INDEX "operations_finished";--> statement-breakpoint
DROP INDEX "operations_note";--> statement-breakpoint
CREATE INDEX "events_kind" ON "events" USING btree ("kind","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "events_actor" ON "events" USING btree ("actor_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "events_operation" ON "events" USING btree ("operation_id") WHERE operation_id is not null;--> statement-breakpoint
CREATE INDEX "operations_rare_type" ON "operations" USING btree ("type","id" DESC NULLS LAST) WHERE type not in ('deploy', 'restart', 'scale', 'configure');--> statement-breakpoint
CREATE INDEX "operations_rare_source" ON "operations" USING btree ("source","id" DESC NULLS LAST) WHERE source <> 'dashboard';--> statement-breakpoint
CREATE INDEX "operations_incomplete" ON "operations" USING btree ("id" DESC NULLS LAST) WHERE rollback = 'incomplete';--> statement-breakpoint
CREATE INDEX "operations_actor" ON "operations" USING btree ("actor_id","id" DESC NULLS LAST) WHERE actor_id is not null;--> statement-breakpoint
CREATE INDEX "operations_finished" ON "operations" USING brin ("finished_at") WITH (autosummarize=true);--> statement-breakpoint
CREATE INDEX "operations_note" ON "operations" USING gin (to_tsvector('simple', note)) WHERE note is not null;