-- The language that a person reads, as a BCP 47 tag; empty: not known.

ALTER TABLE axess_users ADD COLUMN language TEXT NOT NULL DEFAULT '';
