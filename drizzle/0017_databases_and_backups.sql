CREATE TABLE "backups" (
	"id" bigint PRIMARY KEY NOT NULL,
	"database_id" bigint NOT NULL,
	"environment_id" bigint NOT NULL,
	"operation_id" bigint NOT NULL,
	"type" text NOT NULL,
	"version" text NOT NULL,
	"image" jsonb NOT NULL,
	"memory_mb" integer NOT NULL,
	"volume_mb" integer NOT NULL,
	"credentials" text NOT NULL,
	"place" text NOT NULL,
	"volume" text NOT NULL,
	"bytes" bigint NOT NULL,
	"final" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"purged_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "databases" (
	"id" bigint PRIMARY KEY NOT NULL,
	"environment_id" bigint NOT NULL,
	"handle" text NOT NULL,
	"type" text NOT NULL,
	"version" text NOT NULL,
	"image" jsonb NOT NULL,
	"place" text NOT NULL,
	"memory_mb" integer NOT NULL,
	"volume_mb" integer NOT NULL,
	"volume" text NOT NULL,
	"credentials" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deprovisioned_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "downtimes" (
	"operation_id" bigint PRIMARY KEY NOT NULL,
	"budget_ms" integer NOT NULL,
	"longest_ms" integer DEFAULT 0 NOT NULL,
	"answered_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "containers" RENAME COLUMN "app_id" TO "owner_id";--> statement-breakpoint
ALTER TABLE "containers" DROP CONSTRAINT "containers_app_id_apps_id_fk";
--> statement-breakpoint
DROP INDEX "containers_app";--> statement-breakpoint
ALTER TABLE "containers" ALTER COLUMN "release_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "configurations" ADD COLUMN "links" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "backups" ADD CONSTRAINT "backups_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backups" ADD CONSTRAINT "backups_database_id_databases_id_fk" FOREIGN KEY ("database_id") REFERENCES "public"."databases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backups" ADD CONSTRAINT "backups_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backups" ADD CONSTRAINT "backups_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "databases" ADD CONSTRAINT "databases_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "databases" ADD CONSTRAINT "databases_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "downtimes" ADD CONSTRAINT "downtimes_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "backups_database" ON "backups" USING btree ("database_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "databases_one_handle" ON "databases" USING btree ("environment_id","handle") WHERE deprovisioned_at is null;--> statement-breakpoint
CREATE INDEX "databases_environment" ON "databases" USING btree ("environment_id");--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_owner_id_resources_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "containers_owner" ON "containers" USING btree ("owner_id");