CREATE TABLE "former_names" (
	"user_id" bigint NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	CONSTRAINT "former_names_user_id_name_email_pk" PRIMARY KEY("user_id","name","email")
);
--> statement-breakpoint
CREATE TABLE "former_handles" (
	"handle" text NOT NULL,
	"resource_id" bigint NOT NULL,
	CONSTRAINT "former_handles_handle_resource_id_pk" PRIMARY KEY("handle","resource_id")
);
--> statement-breakpoint
ALTER TABLE "former_names" ADD CONSTRAINT "former_names_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "former_handles" ADD CONSTRAINT "former_handles_resource_id_resources_id_fk" FOREIGN KEY ("resource_id") REFERENCES "public"."resources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Rows of activity go on showing what things and people were called when they were recorded.
CREATE FUNCTION "remember_handle"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO former_handles VALUES (OLD.handle, OLD.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "resources_remember_handle" AFTER UPDATE OF "handle" ON "resources" FOR EACH ROW
  WHEN (OLD.handle IS DISTINCT FROM NEW.handle) EXECUTE FUNCTION "remember_handle"();
--> statement-breakpoint
CREATE FUNCTION "remember_name"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO former_names VALUES (OLD.id, OLD.name, OLD.email) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "users_remember_name" AFTER UPDATE OF "name", "email" ON "users" FOR EACH ROW
  WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION "remember_name"();
--> statement-breakpoint
INSERT INTO "former_handles"
  SELECT DISTINCT recorded.handle, r.id
  FROM (
    SELECT resource_id, resource_kind, resource_handle FROM operations
    UNION SELECT resource_id, resource_kind, resource_handle FROM events WHERE resource_id IS NOT NULL
  ) recorded(id, kind, handle) JOIN resources r ON r.id = recorded.id AND r.kind = recorded.kind
  WHERE recorded.handle <> r.handle;
--> statement-breakpoint
INSERT INTO "former_names"
  SELECT DISTINCT u.id, recorded.name, coalesce(recorded.email, u.email)
  FROM (
    SELECT actor_id, actor_name, actor_email FROM operations WHERE actor_id IS NOT NULL AND actor_kind = 'user'
    UNION SELECT actor_id, actor_name, actor_email FROM events WHERE actor_id IS NOT NULL AND actor_kind = 'user'
  ) recorded(id, name, email) JOIN users u ON u.id = recorded.id
  WHERE recorded.name <> u.name OR recorded.email <> u.email;
