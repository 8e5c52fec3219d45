-- An administrator who acts as the user of the session, with the epochs that hold
-- for them; NULL for everybody who acts for themselves.
ALTER TABLE axess_sessions ADD COLUMN actor_tenant_id BLOB CHECK (length(actor_tenant_id) = 16);
ALTER TABLE axess_sessions ADD COLUMN actor_user_id BLOB CHECK (length(actor_user_id) = 16);
ALTER TABLE axess_sessions ADD COLUMN actor_epoch_t INTEGER NOT NULL DEFAULT 0;
ALTER TABLE axess_sessions ADD COLUMN actor_epoch_u INTEGER NOT NULL DEFAULT 0;

-- Which sessions a key of the ring is still needed for.
CREATE INDEX axess_sessions_by_kid ON axess_sessions (kid, ref);
