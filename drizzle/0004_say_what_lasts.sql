ALTER TABLE "holds" ADD COLUMN "gives_up" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "lasting" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "operations" ADD COLUMN "traffic_before" jsonb;--> statement-breakpoint
CREATE INDEX "holds_gives_up" ON "holds" USING gin ("gives_up") WHERE gives_up <> '{}';