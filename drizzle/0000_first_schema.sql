CREATE TYPE "public"."container_phase" AS ENUM('new', 'wanted', 'unwanted');--> statement-breakpoint
CREATE TYPE "public"."operation_status" AS ENUM('queued', 'running', 'rolling_back', 'succeeded', 'failed', 'cancelled');--> statement-breakpoint
CREATE TABLE "apps" (
	"id" bigint PRIMARY KEY NOT NULL,
	"environment_id" bigint NOT NULL,
	"handle" text NOT NULL,
	"sources" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"ref" text DEFAULT 'HEAD' NOT NULL,
	"build_command" text,
	"current_release_id" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deprovisioned_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "blocks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"resource_id" bigint NOT NULL,
	"operation_id" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lifted_at" timestamp with time zone,
	"lifted_by" text,
	"lifted_reason" text,
	CONSTRAINT "blocks_once" UNIQUE("resource_id","operation_id")
);
--> statement-breakpoint
CREATE TABLE "configurations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "configurations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"app_id" bigint NOT NULL,
	"operation_id" bigint,
	"names" jsonb NOT NULL,
	"plain" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"sealed" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "containers" (
	"name" text PRIMARY KEY NOT NULL,
	"app_id" bigint NOT NULL,
	"service" text NOT NULL,
	"release_id" bigint NOT NULL,
	"operation_id" bigint NOT NULL,
	"place" text NOT NULL,
	"host" text,
	"port" integer,
	"phase" "container_phase" DEFAULT 'new' NOT NULL,
	"restarts" integer DEFAULT 0 NOT NULL,
	"restarts_in_a_row" integer DEFAULT 0 NOT NULL,
	"seen" text,
	"seen_at" timestamp with time zone,
	"next_start_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"stopped_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
	"id" bigint PRIMARY KEY NOT NULL,
	"app_id" bigint NOT NULL,
	"service" text NOT NULL,
	"host" text,
	"port" integer,
	"health" jsonb NOT NULL,
	"maintenance_page" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deprovisioned_at" timestamp with time zone,
	CONSTRAINT "endpoints_one_address" CHECK ((host is null) <> (port is null))
);
--> statement-breakpoint
CREATE TABLE "environments" (
	"id" bigint PRIMARY KEY NOT NULL,
	"stack_id" bigint NOT NULL,
	"handle" text NOT NULL,
	"strategy" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deprovisioned_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"kind" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" bigint,
	"actor_name" text NOT NULL,
	"actor_email" text,
	"resource_id" bigint,
	"resource_handle" text,
	"environment_id" bigint,
	"app_id" bigint,
	"detail" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"operation_id" bigint NOT NULL,
	"resource_id" bigint NOT NULL,
	"mode" text NOT NULL,
	"position" bigint NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	CONSTRAINT "holds_operation_id_resource_id_pk" PRIMARY KEY("operation_id","resource_id"),
	CONSTRAINT "holds_mode" CHECK (mode in ('exclusive', 'shared')),
	CONSTRAINT "holds_state" CHECK (state in ('waiting', 'held', 'released'))
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_lines" (
	"operation_id" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"step" integer,
	"source" text NOT NULL,
	"stream" text NOT NULL,
	"text" text NOT NULL,
	"position" bigint,
	CONSTRAINT "log_lines_operation_id_seq_pk" PRIMARY KEY("operation_id","seq")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "operations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"status" "operation_status" DEFAULT 'queued' NOT NULL,
	"title" text NOT NULL,
	"input" jsonb NOT NULL,
	"plan" jsonb NOT NULL,
	"resource_id" bigint NOT NULL,
	"resource_kind" text NOT NULL,
	"resource_handle" text NOT NULL,
	"stack_id" bigint,
	"environment_id" bigint,
	"environment_handle" text,
	"app_id" bigint,
	"actor_kind" text NOT NULL,
	"actor_id" bigint,
	"actor_name" text NOT NULL,
	"actor_email" text,
	"source" text NOT NULL,
	"note" text,
	"request_key" text NOT NULL,
	"rolls_back_id" bigint,
	"retries_id" bigint,
	"passes_blocks" boolean DEFAULT false NOT NULL,
	"ready" boolean DEFAULT false NOT NULL,
	"runner_id" uuid,
	"fence" bigint DEFAULT 0 NOT NULL,
	"claims" integer DEFAULT 0 NOT NULL,
	"no_return_at" text,
	"past_return" boolean DEFAULT false NOT NULL,
	"cancel_requested_at" timestamp with time zone,
	"cancel_requested_by" text,
	"queued_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"started_at" timestamp with time zone,
	"rollback_started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"reason" text,
	"rollback" text,
	"failed_step" text,
	"error" text,
	"leftovers" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"release_number" integer,
	"requests_served" bigint,
	"requests_lost" bigint,
	"log_bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "operations_request_key_unique" UNIQUE("request_key"),
	CONSTRAINT "operations_finished_at" CHECK ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
	CONSTRAINT "operations_started_at" CHECK (started_at is not null or status in ('queued', 'cancelled')),
	CONSTRAINT "operations_rollback" CHECK (case when status in ('failed', 'cancelled') and started_at is not null
          then rollback is not null and rollback in ('complete', 'incomplete') else rollback is null end),
	CONSTRAINT "operations_rolling_back" CHECK (status <> 'rolling_back' or (rollback_started_at is not null and reason is not null)),
	CONSTRAINT "operations_reason" CHECK (reason is null or reason in ('error', 'cancelled', 'timeout', 'crashes')),
	CONSTRAINT "operations_no_return" CHECK (not past_return or status in ('running', 'succeeded')),
	CONSTRAINT "operations_cancel_kept" CHECK (not (status = 'succeeded' and cancel_requested_at is not null)),
	CONSTRAINT "operations_ended_has_no_runner" CHECK (finished_at is null or runner_id is null)
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "releases_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"app_id" bigint NOT NULL,
	"number" integer NOT NULL,
	"operation_id" bigint NOT NULL,
	"former_id" bigint,
	"strategy" text NOT NULL,
	"image" jsonb NOT NULL,
	"manifest" jsonb NOT NULL,
	"configuration_id" bigint NOT NULL,
	"formation" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"discarded_at" timestamp with time zone,
	CONSTRAINT "releases_one_number" UNIQUE("app_id","number"),
	CONSTRAINT "releases_one_per_operation" UNIQUE("operation_id")
);
--> statement-breakpoint
CREATE TABLE "resources" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "resources_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"handle" text NOT NULL,
	"stack_id" bigint,
	"environment_id" bigint,
	"app_id" bigint,
	"next_position" bigint DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "router_table" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"generation" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runners" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"pid" integer NOT NULL,
	"state" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lease_expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "runners_state" CHECK (state in ('live', 'draining', 'dead', 'stopped'))
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "stacks" (
	"id" bigint PRIMARY KEY NOT NULL,
	"handle" text NOT NULL,
	"driver" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"strategy" text DEFAULT 'bluegreen' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deprovisioned_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "steps" (
	"operation_id" bigint NOT NULL,
	"index" integer NOT NULL,
	"direction" text NOT NULL,
	"attempt" integer NOT NULL,
	"name" text NOT NULL,
	"state" text NOT NULL,
	"fence" bigint NOT NULL,
	"closed_fence" bigint,
	"names" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"output" jsonb,
	"error" text,
	"progress" text,
	"started_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "steps_operation_id_index_direction_attempt_pk" PRIMARY KEY("operation_id","index","direction","attempt"),
	CONSTRAINT "steps_direction" CHECK (direction in ('run', 'compensate')),
	CONSTRAINT "steps_state" CHECK (state in ('started', 'succeeded', 'failed', 'unknown')),
	CONSTRAINT "steps_closed" CHECK ((state = 'started') = (finished_at is null))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"owner" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
ALTER TABLE "apps" ADD CONSTRAINT "apps_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "apps" ADD CONSTRAINT "apps_environment_id_environments_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blocks" ADD CONSTRAINT "blocks_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "blocks" ADD CONSTRAINT "blocks_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "configurations" ADD CONSTRAINT "configurations_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_release_id_releases_id_fk" FOREIGN KEY ("release_id") REFERENCES "public"."releases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "environments" ADD CONSTRAINT "environments_stack_id_stacks_id_fk" FOREIGN KEY ("stack_id") REFERENCES "public"."stacks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_runner_id_runners_id_fk" FOREIGN KEY ("runner_id") REFERENCES "public"."runners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "public"."apps"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_configuration_id_configurations_id_fk" FOREIGN KEY ("configuration_id") REFERENCES "public"."configurations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stacks" ADD CONSTRAINT "stacks_id_resources_id_fk" FOREIGN KEY ("id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "steps" ADD CONSTRAINT "steps_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "apps_one_handle" ON "apps" USING btree ("environment_id","handle") WHERE deprovisioned_at is null;--> statement-breakpoint
CREATE INDEX "apps_environment" ON "apps" USING btree ("environment_id");--> statement-breakpoint
CREATE INDEX "blocks_standing" ON "blocks" USING btree ("resource_id") WHERE lifted_at is null;--> statement-breakpoint
CREATE INDEX "containers_app" ON "containers" USING btree ("app_id");--> statement-breakpoint
CREATE INDEX "containers_live" ON "containers" USING btree ("phase") WHERE phase <> 'unwanted';--> statement-breakpoint
CREATE UNIQUE INDEX "endpoints_one_host" ON "endpoints" USING btree ("host") WHERE deprovisioned_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "endpoints_one_port" ON "endpoints" USING btree ("port") WHERE deprovisioned_at is null;--> statement-breakpoint
CREATE INDEX "endpoints_app" ON "endpoints" USING btree ("app_id");--> statement-breakpoint
CREATE UNIQUE INDEX "environments_one_handle" ON "environments" USING btree ("handle") WHERE deprovisioned_at is null;--> statement-breakpoint
CREATE INDEX "events_environment" ON "events" USING btree ("environment_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "events_app" ON "events" USING btree ("app_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "holds_open" ON "holds" USING btree ("resource_id","position") WHERE state <> 'released';--> statement-breakpoint
CREATE INDEX "operations_ready" ON "operations" USING btree ("id") WHERE status = 'queued' and ready;--> statement-breakpoint
CREATE INDEX "operations_orphaned" ON "operations" USING btree ("id") WHERE status in ('running', 'rolling_back') and runner_id is null;--> statement-breakpoint
CREATE INDEX "operations_of_runner" ON "operations" USING btree ("runner_id") WHERE status in ('running', 'rolling_back');--> statement-breakpoint
CREATE INDEX "operations_open" ON "operations" USING btree ("id") WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX "operations_environment" ON "operations" USING btree ("environment_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_resource" ON "operations" USING btree ("resource_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_app" ON "operations" USING btree ("app_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_stack" ON "operations" USING btree ("stack_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_type" ON "operations" USING btree ("type","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_finished" ON "operations" USING btree ("finished_at");--> statement-breakpoint
CREATE INDEX "operations_rolls_back" ON "operations" USING btree ("rolls_back_id") WHERE rolls_back_id is not null;--> statement-breakpoint
CREATE INDEX "operations_note" ON "operations" USING gin (to_tsvector('simple', coalesce(note, '')));--> statement-breakpoint
CREATE INDEX "resources_environment" ON "resources" USING btree ("environment_id");--> statement-breakpoint
CREATE INDEX "resources_handle" ON "resources" USING btree ("handle");--> statement-breakpoint
CREATE UNIQUE INDEX "stacks_one_handle" ON "stacks" USING btree ("handle") WHERE deprovisioned_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "steps_one_open" ON "steps" USING btree ("operation_id") WHERE state = 'started';