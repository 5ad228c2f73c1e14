CREATE TYPE "public"."container_seen" AS ENUM('running', 'ended', 'gone');--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "seen_exit_code" integer;--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "starting_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "containers" ADD COLUMN "start_refusal" text;--> statement-breakpoint
-- So far a sentence: "running", "gone", "ended with 1", "ended with an unknown code"; of one whose start was announced
-- then, "it was gone", "it had ended unseen", "it had ended with exit code 1".
UPDATE "containers" SET
  "seen_exit_code" = substring("seen" FROM 'ended with (?:exit code )?(-?\d+)$')::integer,
  "starting_at" = CASE WHEN "seen" ~ '^it (was|had) ' THEN "seen_at" END
WHERE "seen" NOT IN ('running', 'gone');--> statement-breakpoint
ALTER TABLE "containers" ALTER COLUMN "seen" SET DATA TYPE "public"."container_seen" USING (CASE
  WHEN "seen" = 'running' THEN 'running'
  WHEN "seen" IN ('gone', 'it was gone') THEN 'gone'
  WHEN "seen" ~ '^(it had )?ended ' THEN 'ended'
END)::"public"."container_seen";--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_exit_code" CHECK (seen_exit_code is null or seen = 'ended');--> statement-breakpoint
ALTER TABLE "containers" ADD CONSTRAINT "containers_start_refusal" CHECK (start_refusal is null or starting_at is not null);
