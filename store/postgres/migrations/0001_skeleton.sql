-- Ids are uuid; references, digests and sealed bodies are raw bytes; times are
-- microseconds since 1970, the zero time included as the number it is. Sets (state,
-- status, kind of a scope) are the numbers of package identity. Text is compared
-- byte by byte, whatever the language of the server.

CREATE TABLE axess_schema_version (
  version    integer PRIMARY KEY,
  name       text    NOT NULL,
  checksum   bytea   NOT NULL CHECK (octet_length(checksum) = 32),
  applied_at bigint  NOT NULL
);

CREATE TABLE axess_tenants (
  id           uuid     NOT NULL PRIMARY KEY,
  slug         text     COLLATE "C" NOT NULL UNIQUE,
  display_name text     NOT NULL,
  status       smallint NOT NULL,
  created_at   bigint   NOT NULL,
  updated_at   bigint   NOT NULL
);

-- created_by and updated_by are zero where nobody knows; language is a BCP 47 tag,
-- empty if it is not known.
CREATE TABLE axess_users (
  tenant_id         uuid     NOT NULL REFERENCES axess_tenants (id),
  id                uuid     NOT NULL,
  display_name      text     NOT NULL,
  state             smallint NOT NULL,
  reason            text     NOT NULL,
  since             bigint   NOT NULL,
  until             bigint   NOT NULL,
  webauthn_handle   bytea    NOT NULL CHECK (octet_length(webauthn_handle) = 32),
  audit_handle      bytea    NOT NULL CHECK (octet_length(audit_handle) = 16),
  created_at        bigint   NOT NULL,
  created_by        uuid     NOT NULL,
  updated_at        bigint   NOT NULL,
  updated_by        uuid     NOT NULL,
  last_login_at     bigint   NOT NULL,
  email_verified_at bigint   NOT NULL,
  language          text     NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX axess_users_by_state ON axess_users (state, created_at, id);

CREATE TABLE axess_identifiers (
  tenant_id uuid     NOT NULL,
  kind      text     COLLATE "C" NOT NULL,
  canonical text     COLLATE "C" NOT NULL,
  user_id   uuid     NOT NULL,
  place     smallint NOT NULL,
  typed     text     NOT NULL,
  PRIMARY KEY (tenant_id, kind, canonical),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
);
CREATE INDEX axess_identifiers_by_user ON axess_identifiers (tenant_id, user_id, place);

CREATE TABLE axess_credentials (
  tenant_id    uuid     NOT NULL,
  user_id      uuid     NOT NULL,
  id           uuid     NOT NULL,
  kind         text     NOT NULL,
  state        smallint NOT NULL,
  version      bigint   NOT NULL,
  created_at   bigint   NOT NULL,
  body         bytea    NOT NULL,
  mac          bytea    NOT NULL CHECK (octet_length(mac) = 32),
  label        text     NOT NULL,
  last_used_at bigint   NOT NULL,
  PRIMARY KEY (tenant_id, user_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
);

-- A method of a tenant has the zero id for user.
CREATE TABLE axess_methods (
  tenant_id uuid    NOT NULL REFERENCES axess_tenants (id),
  user_id   uuid    NOT NULL,
  name      text    COLLATE "C" NOT NULL,
  priority  integer NOT NULL,
  enabled   smallint NOT NULL CHECK (enabled IN (0, 1)),
  reason    text    NOT NULL,
  steps     bytea   NOT NULL,
  PRIMARY KEY (tenant_id, user_id, name)
);

-- Which account holds which role. A row counts only with its mac, which covers
-- all other columns; granted_by is the system user for the program itself.
CREATE TABLE axess_grants (
  tenant_id  uuid   NOT NULL,
  user_id    uuid   NOT NULL,
  role       text   COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  granted_at bigint NOT NULL,
  granted_by uuid   NOT NULL,
  mac        bytea  NOT NULL CHECK (octet_length(mac) = 32),
  PRIMARY KEY (tenant_id, user_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
);
CREATE INDEX axess_grants_by_role ON axess_grants (tenant_id, role);

-- Without reference to users: a token may be stored for nobody, for equal work.
CREATE TABLE axess_tokens (
  selector   bytea  NOT NULL PRIMARY KEY CHECK (octet_length(selector) = 16),
  digest     bytea  NOT NULL CHECK (octet_length(digest) = 32),
  purpose    text   COLLATE "C" NOT NULL,
  tenant_id  uuid   NOT NULL,
  user_id    uuid   NOT NULL,
  address    text   NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX axess_tokens_by_user ON axess_tokens (tenant_id, user_id, purpose);
CREATE INDEX axess_tokens_by_end ON axess_tokens (expires_at, selector);

-- Guests and unfinished flows have no tenant, user and login. The actor is an
-- administrator who acts as the user. sweep_at is the end rounded up to the hour,
-- so that most writes of a session change no index; room is left on each page for
-- the new versions of its rows.
CREATE TABLE axess_sessions (
  ref             bytea    NOT NULL PRIMARY KEY CHECK (octet_length(ref) = 16),
  prev_ref        bytea    CHECK (octet_length(prev_ref) = 16),
  next_ref        bytea    CHECK (octet_length(next_ref) = 16),
  rev             bigint   NOT NULL,
  superseded      smallint NOT NULL CHECK (superseded IN (0, 1)),
  tenant_id       uuid,
  user_id         uuid,
  login_id        uuid,
  auth_at         bigint   NOT NULL,
  created_at      bigint   NOT NULL,
  idle_until      bigint   NOT NULL,
  abs_until       bigint   NOT NULL,
  ends_at         bigint   NOT NULL,
  sweep_at        bigint   NOT NULL,
  seen_at         bigint   NOT NULL,
  epoch_g         bigint   NOT NULL,
  epoch_t         bigint   NOT NULL,
  epoch_u         bigint   NOT NULL,
  actor_tenant_id uuid,
  actor_user_id   uuid,
  actor_epoch_t   bigint   NOT NULL,
  actor_epoch_u   bigint   NOT NULL,
  kid             bytea    NOT NULL CHECK (octet_length(kid) = 4),
  sealed          bytea    NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX axess_sessions_by_user ON axess_sessions (tenant_id, user_id, auth_at, ref);
CREATE INDEX axess_sessions_by_sweep ON axess_sessions (sweep_at, ref);
CREATE INDEX axess_sessions_by_kid ON axess_sessions (kid, ref);

-- Rows are never removed. The global epoch has the zero id for both, that of a
-- tenant for the user.
CREATE TABLE axess_epochs (
  scope     smallint NOT NULL CHECK (scope BETWEEN 1 AND 3),
  tenant_id uuid     NOT NULL,
  user_id   uuid     NOT NULL,
  epoch     bigint   NOT NULL CHECK (epoch >= 0),
  PRIMARY KEY (scope, tenant_id, user_id)
);

-- state is the stored form of internal/lever.
CREATE TABLE axess_attempts (
  lever     bytea  NOT NULL PRIMARY KEY CHECK (octet_length(lever) = 32),
  state     bytea  NOT NULL,
  forget_at bigint NOT NULL
);
CREATE INDEX axess_attempts_by_end ON axess_attempts (forget_at);

CREATE TABLE axess_flights (
  flow        bytea  NOT NULL PRIMARY KEY CHECK (octet_length(flow) = 16),
  reservation bytea  NOT NULL CHECK (octet_length(reservation) = 16),
  at          bigint NOT NULL
);
CREATE INDEX axess_flights_by_time ON axess_flights (at);

CREATE TABLE axess_outbox (
  id       bytea   NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
  topic    text    COLLATE "C" NOT NULL,
  at       bigint  NOT NULL,
  body     bytea   NOT NULL,
  attempts integer NOT NULL,
  due_at   bigint  NOT NULL
);
CREATE INDEX axess_outbox_by_topic ON axess_outbox (topic, at, id);

CREATE TABLE axess_audit_events (
  id        uuid     NOT NULL PRIMARY KEY,
  tenant_id uuid     NOT NULL,
  at        bigint   NOT NULL,
  node      text     COLLATE "C" NOT NULL,
  boot      bytea    NOT NULL CHECK (octet_length(boot) = 16),
  seq       bigint   NOT NULL,
  kind      text     COLLATE "C" NOT NULL,
  outcome   smallint NOT NULL,
  handle    bytea    NOT NULL CHECK (octet_length(handle) = 16),
  body      bytea    NOT NULL,
  UNIQUE (node, boot, seq)
);
CREATE INDEX axess_audit_events_by_time ON axess_audit_events (tenant_id, at, id);
CREATE INDEX axess_audit_events_by_handle ON axess_audit_events (tenant_id, handle, at, id);

-- The last number of each source, which outlives its events.
CREATE TABLE axess_audit_sources (
  node text   COLLATE "C" NOT NULL,
  boot bytea  NOT NULL CHECK (octet_length(boot) = 16),
  seq  bigint NOT NULL,
  PRIMARY KEY (node, boot)
);

-- Small values that end by themselves, under names "prefix/kind/key".
CREATE TABLE axess_values (
  name       bytea  NOT NULL PRIMARY KEY CHECK (octet_length(name) BETWEEN 5 AND 256),
  body       bytea  NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX axess_values_by_end ON axess_values (expires_at, name);
