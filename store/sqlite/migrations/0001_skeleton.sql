-- Ids, references and digests are raw bytes; times are microseconds since 1970,
-- the zero time included as the number it is. Sets (state, status, kind of a
-- scope) are the numbers of package identity.

CREATE TABLE axess_schema_version (
  version    INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL,
  checksum   BLOB    NOT NULL CHECK (length(checksum) = 32),
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE axess_tenants (
  id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  slug         TEXT    NOT NULL UNIQUE,
  display_name TEXT    NOT NULL,
  status       INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE axess_users (
  tenant_id         BLOB    NOT NULL REFERENCES axess_tenants (id),
  id                BLOB    NOT NULL CHECK (length(id) = 16),
  display_name      TEXT    NOT NULL,
  state             INTEGER NOT NULL,
  reason            TEXT    NOT NULL,
  since             INTEGER NOT NULL,
  until             INTEGER NOT NULL,
  webauthn_handle   BLOB    NOT NULL CHECK (length(webauthn_handle) = 32),
  audit_handle      BLOB    NOT NULL CHECK (length(audit_handle) = 16),
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  last_login_at     INTEGER NOT NULL,
  email_verified_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX axess_users_by_state ON axess_users (state, created_at, id);

CREATE TABLE axess_identifiers (
  tenant_id BLOB    NOT NULL,
  kind      TEXT    NOT NULL,
  canonical TEXT    NOT NULL,
  user_id   BLOB    NOT NULL,
  place     INTEGER NOT NULL,
  typed     TEXT    NOT NULL,
  PRIMARY KEY (tenant_id, kind, canonical),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
) STRICT;
CREATE INDEX axess_identifiers_by_user ON axess_identifiers (tenant_id, user_id, place);

CREATE TABLE axess_credentials (
  tenant_id    BLOB    NOT NULL,
  user_id      BLOB    NOT NULL,
  id           BLOB    NOT NULL CHECK (length(id) = 16),
  kind         TEXT    NOT NULL,
  state        INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  body         BLOB    NOT NULL,
  mac          BLOB    NOT NULL CHECK (length(mac) = 32),
  label        TEXT    NOT NULL,
  last_used_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
) STRICT;

-- A method of a tenant has sixteen zero bytes for user.
CREATE TABLE axess_methods (
  tenant_id BLOB    NOT NULL REFERENCES axess_tenants (id),
  user_id   BLOB    NOT NULL CHECK (length(user_id) = 16),
  name      TEXT    NOT NULL,
  priority  INTEGER NOT NULL,
  enabled   INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  reason    TEXT    NOT NULL,
  steps     BLOB    NOT NULL,
  PRIMARY KEY (tenant_id, user_id, name)
) STRICT;

-- Without reference to users: a token may be stored for nobody, for equal work.
CREATE TABLE axess_tokens (
  selector   BLOB    NOT NULL PRIMARY KEY CHECK (length(selector) = 16),
  digest     BLOB    NOT NULL CHECK (length(digest) = 32),
  purpose    TEXT    NOT NULL,
  tenant_id  BLOB    NOT NULL CHECK (length(tenant_id) = 16),
  user_id    BLOB    NOT NULL CHECK (length(user_id) = 16),
  address    TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX axess_tokens_by_user ON axess_tokens (tenant_id, user_id, purpose);
CREATE INDEX axess_tokens_by_end ON axess_tokens (expires_at, selector);

-- Guests and unfinished flows have no tenant, user and login.
CREATE TABLE axess_sessions (
  ref        BLOB    NOT NULL PRIMARY KEY CHECK (length(ref) = 16),
  prev_ref   BLOB    CHECK (length(prev_ref) = 16),
  next_ref   BLOB    CHECK (length(next_ref) = 16),
  rev        INTEGER NOT NULL,
  superseded INTEGER NOT NULL CHECK (superseded IN (0, 1)),
  tenant_id  BLOB    CHECK (length(tenant_id) = 16),
  user_id    BLOB    CHECK (length(user_id) = 16),
  login_id   BLOB    CHECK (length(login_id) = 16),
  auth_at    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  idle_until INTEGER NOT NULL,
  abs_until  INTEGER NOT NULL,
  ends_at    INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  epoch_g    INTEGER NOT NULL,
  epoch_t    INTEGER NOT NULL,
  epoch_u    INTEGER NOT NULL,
  kid        BLOB    NOT NULL CHECK (length(kid) = 4),
  sealed     BLOB    NOT NULL
) STRICT;
CREATE INDEX axess_sessions_by_user ON axess_sessions (tenant_id, user_id, auth_at, ref);
CREATE INDEX axess_sessions_by_end ON axess_sessions (ends_at, ref);

-- Rows are never removed. The global epoch has zero bytes for both ids, that of a
-- tenant for the user.
CREATE TABLE axess_epochs (
  scope     INTEGER NOT NULL CHECK (scope BETWEEN 1 AND 3),
  tenant_id BLOB    NOT NULL CHECK (length(tenant_id) = 16),
  user_id   BLOB    NOT NULL CHECK (length(user_id) = 16),
  epoch     INTEGER NOT NULL CHECK (epoch >= 0),
  PRIMARY KEY (scope, tenant_id, user_id)
) STRICT, WITHOUT ROWID;

-- state is the stored form of internal/lever.
CREATE TABLE axess_attempts (
  lever     BLOB    NOT NULL PRIMARY KEY CHECK (length(lever) = 32),
  state     BLOB    NOT NULL,
  forget_at INTEGER NOT NULL
) STRICT;
CREATE INDEX axess_attempts_by_end ON axess_attempts (forget_at);

CREATE TABLE axess_flights (
  flow        BLOB    NOT NULL PRIMARY KEY CHECK (length(flow) = 16),
  reservation BLOB    NOT NULL CHECK (length(reservation) = 16),
  at          INTEGER NOT NULL
) STRICT;
CREATE INDEX axess_flights_by_time ON axess_flights (at);

CREATE TABLE axess_outbox (
  id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  topic    TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  body     BLOB    NOT NULL,
  attempts INTEGER NOT NULL,
  due_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX axess_outbox_by_topic ON axess_outbox (topic, at, id);

CREATE TABLE axess_audit_events (
  id        BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  tenant_id BLOB    NOT NULL CHECK (length(tenant_id) = 16),
  at        INTEGER NOT NULL,
  node      TEXT    NOT NULL,
  boot      BLOB    NOT NULL CHECK (length(boot) = 16),
  seq       INTEGER NOT NULL,
  kind      TEXT    NOT NULL,
  outcome   INTEGER NOT NULL,
  handle    BLOB    NOT NULL CHECK (length(handle) = 16),
  body      BLOB    NOT NULL,
  UNIQUE (node, boot, seq)
) STRICT;
CREATE INDEX axess_audit_events_by_time ON axess_audit_events (tenant_id, at, id);
CREATE INDEX axess_audit_events_by_handle ON axess_audit_events (tenant_id, handle, at, id);

-- The last number of each source, which outlives its events.
CREATE TABLE axess_audit_sources (
  node TEXT    NOT NULL,
  boot BLOB    NOT NULL CHECK (length(boot) = 16),
  seq  INTEGER NOT NULL,
  PRIMARY KEY (node, boot)
) STRICT, WITHOUT ROWID;
