ALTER TABLE "installation" ADD COLUMN "mistrusted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "unowned" jsonb DEFAULT '[]'::jsonb NOT NULL;