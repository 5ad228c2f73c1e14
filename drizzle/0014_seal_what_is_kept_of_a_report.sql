ALTER TABLE "reports" ADD COLUMN "record_seal_before" text;--> statement-breakpoint
ALTER TABLE "reports" ADD COLUMN "record_seal" text;