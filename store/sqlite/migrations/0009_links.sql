-- The word is one that another database keeps for itself, and statements are the
-- same everywhere.

ALTER TABLE axess_links RENAME COLUMN external TO external_id;
