-- Small values that end by themselves, under names "prefix/kind/key".
CREATE TABLE axess_values (
  name       BLOB    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 5 AND 256),
  body       BLOB    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX axess_values_by_end ON axess_values (expires_at, name);
