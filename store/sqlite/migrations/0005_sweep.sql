-- The end of a session, rounded up to the hour: what the sweep looks for. Most
-- writes of a session then change no index (STO-023). Rows of the release before
-- carry 0 and are looked at by every sweep until they are touched; ends_at decides.
-- note: Writes one number into every session: some seconds for a million.

ALTER TABLE axess_sessions ADD COLUMN sweep_at INTEGER NOT NULL DEFAULT 0;
UPDATE axess_sessions SET sweep_at = (ends_at + 3599999999) / 3600000000 * 3600000000;
CREATE INDEX axess_sessions_by_sweep ON axess_sessions (sweep_at, ref);
DROP INDEX axess_sessions_by_end;
