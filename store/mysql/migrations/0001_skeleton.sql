-- Ids, references, digests and sealed bodies are raw bytes; times are microseconds
-- since 1970, the zero time included as the number it is. Sets (state, status, kind
-- of a scope) are the numbers of package identity. Text that is compared is stored
-- as bytes too: no collation of the server's makes two names one, and trailing
-- spaces count. Statements here commit by themselves, so each ends at a line's end
-- with a semicolon and is done once.

CREATE TABLE axess_schema_version (
  version    INT         NOT NULL PRIMARY KEY,
  name       VARCHAR(64) NOT NULL,
  checksum   BINARY(32)  NOT NULL,
  applied_at BIGINT      NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- held counts claims of a role where several servers take writes: what is only
-- locked on one of them is free on the others.
CREATE TABLE axess_tenants (
  id           BINARY(16)     NOT NULL PRIMARY KEY,
  slug         VARBINARY(255) NOT NULL UNIQUE,
  display_name VARCHAR(256)   NOT NULL,
  status       SMALLINT       NOT NULL,
  created_at   BIGINT         NOT NULL,
  updated_at   BIGINT         NOT NULL,
  held         BIGINT         NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- created_by and updated_by are zero where nobody knows; language is a BCP 47 tag,
-- empty if it is not known.
CREATE TABLE axess_users (
  tenant_id         BINARY(16)    NOT NULL,
  id                BINARY(16)    NOT NULL,
  display_name      VARCHAR(256)  NOT NULL,
  state             SMALLINT      NOT NULL,
  reason            VARCHAR(1024) NOT NULL,
  since             BIGINT        NOT NULL,
  until             BIGINT        NOT NULL,
  webauthn_handle   BINARY(32)    NOT NULL,
  audit_handle      BINARY(16)    NOT NULL,
  created_at        BIGINT        NOT NULL,
  created_by        BINARY(16)    NOT NULL,
  updated_at        BIGINT        NOT NULL,
  updated_by        BINARY(16)    NOT NULL,
  last_login_at     BIGINT        NOT NULL,
  email_verified_at BIGINT        NOT NULL,
  language          VARCHAR(64)   NOT NULL,
  held              BIGINT        NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id),
  INDEX axess_users_by_state (state, created_at, id),
  FOREIGN KEY (tenant_id) REFERENCES axess_tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE axess_identifiers (
  tenant_id BINARY(16)      NOT NULL,
  kind      VARBINARY(64)   NOT NULL,
  canonical VARBINARY(1024) NOT NULL,
  user_id   BINARY(16)      NOT NULL,
  place     SMALLINT        NOT NULL,
  typed     VARCHAR(1024)   NOT NULL,
  PRIMARY KEY (tenant_id, kind, canonical),
  INDEX axess_identifiers_by_user (tenant_id, user_id, place),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE axess_credentials (
  tenant_id    BINARY(16)    NOT NULL,
  user_id      BINARY(16)    NOT NULL,
  id           BINARY(16)    NOT NULL,
  kind         VARBINARY(64) NOT NULL,
  state        SMALLINT      NOT NULL,
  version      BIGINT        NOT NULL,
  created_at   BIGINT        NOT NULL,
  body         MEDIUMBLOB    NOT NULL,
  mac          BINARY(32)    NOT NULL,
  label        VARCHAR(256)  NOT NULL,
  last_used_at BIGINT        NOT NULL,
  PRIMARY KEY (tenant_id, user_id, id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- A method of a tenant has the zero id for user.
CREATE TABLE axess_methods (
  tenant_id BINARY(16)     NOT NULL,
  user_id   BINARY(16)     NOT NULL,
  name      VARBINARY(255) NOT NULL,
  priority  INT            NOT NULL,
  enabled   TINYINT        NOT NULL CHECK (enabled IN (0, 1)),
  reason    VARCHAR(1024)  NOT NULL,
  steps     BLOB           NOT NULL,
  PRIMARY KEY (tenant_id, user_id, name),
  FOREIGN KEY (tenant_id) REFERENCES axess_tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- Which account holds which role. A row counts only with its mac, which covers
-- all other columns; granted_by is the system user for the program itself.
CREATE TABLE axess_grants (
  tenant_id  BINARY(16)     NOT NULL,
  user_id    BINARY(16)     NOT NULL,
  role       VARBINARY(255) NOT NULL,
  version    BIGINT         NOT NULL,
  granted_at BIGINT         NOT NULL,
  granted_by BINARY(16)     NOT NULL,
  mac        BINARY(32)     NOT NULL,
  PRIMARY KEY (tenant_id, user_id, role),
  INDEX axess_grants_by_role (tenant_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- Without reference to users: a token may be stored for nobody, for equal work.
CREATE TABLE axess_tokens (
  selector   BINARY(16)    NOT NULL PRIMARY KEY,
  digest     BINARY(32)    NOT NULL,
  purpose    VARBINARY(64) NOT NULL,
  tenant_id  BINARY(16)    NOT NULL,
  user_id    BINARY(16)    NOT NULL,
  address    VARCHAR(1024) NOT NULL,
  created_at BIGINT        NOT NULL,
  expires_at BIGINT        NOT NULL,
  INDEX axess_tokens_by_user (tenant_id, user_id, purpose),
  INDEX axess_tokens_by_end (expires_at, selector)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- Guests and unfinished flows have no tenant, user and login. The actor is an
-- administrator who acts as the user. sweep_at is the end rounded up to the hour,
-- so that most writes of a session change no index.
CREATE TABLE axess_sessions (
  ref             BINARY(16) NOT NULL PRIMARY KEY,
  prev_ref        BINARY(16),
  next_ref        BINARY(16),
  rev             BIGINT     NOT NULL,
  superseded      TINYINT    NOT NULL CHECK (superseded IN (0, 1)),
  tenant_id       BINARY(16),
  user_id         BINARY(16),
  login_id        BINARY(16),
  auth_at         BIGINT     NOT NULL,
  created_at      BIGINT     NOT NULL,
  idle_until      BIGINT     NOT NULL,
  abs_until       BIGINT     NOT NULL,
  ends_at         BIGINT     NOT NULL,
  sweep_at        BIGINT     NOT NULL,
  seen_at         BIGINT     NOT NULL,
  epoch_g         BIGINT     NOT NULL,
  epoch_t         BIGINT     NOT NULL,
  epoch_u         BIGINT     NOT NULL,
  actor_tenant_id BINARY(16),
  actor_user_id   BINARY(16),
  actor_epoch_t   BIGINT     NOT NULL,
  actor_epoch_u   BIGINT     NOT NULL,
  kid             BINARY(4)  NOT NULL,
  sealed          MEDIUMBLOB NOT NULL,
  INDEX axess_sessions_by_user (tenant_id, user_id, auth_at, ref),
  INDEX axess_sessions_by_sweep (sweep_at, ref),
  INDEX axess_sessions_by_kid (kid, ref)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- Rows are never removed. The global epoch has the zero id for both, that of a
-- tenant for the user. held counts logins where several servers take writes.
CREATE TABLE axess_epochs (
  scope     SMALLINT   NOT NULL CHECK (scope BETWEEN 1 AND 3),
  tenant_id BINARY(16) NOT NULL,
  user_id   BINARY(16) NOT NULL,
  epoch     BIGINT     NOT NULL CHECK (epoch >= 0),
  held      BIGINT     NOT NULL DEFAULT 0,
  PRIMARY KEY (scope, tenant_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- state is the stored form of internal/lever.
CREATE TABLE axess_attempts (
  lever     BINARY(32) NOT NULL PRIMARY KEY,
  state     MEDIUMBLOB NOT NULL,
  forget_at BIGINT     NOT NULL,
  INDEX axess_attempts_by_end (forget_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE axess_flights (
  flow        BINARY(16) NOT NULL PRIMARY KEY,
  reservation BINARY(16) NOT NULL,
  at          BIGINT     NOT NULL,
  INDEX axess_flights_by_time (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE axess_outbox (
  id       BINARY(16)    NOT NULL PRIMARY KEY,
  topic    VARBINARY(64) NOT NULL,
  at       BIGINT        NOT NULL,
  body     MEDIUMBLOB    NOT NULL,
  attempts INT           NOT NULL,
  due_at   BIGINT        NOT NULL,
  INDEX axess_outbox_by_topic (topic, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

CREATE TABLE axess_audit_events (
  id        BINARY(16)     NOT NULL PRIMARY KEY,
  tenant_id BINARY(16)     NOT NULL,
  at        BIGINT         NOT NULL,
  node      VARBINARY(255) NOT NULL,
  boot      BINARY(16)     NOT NULL,
  seq       BIGINT         NOT NULL,
  kind      VARBINARY(64)  NOT NULL,
  outcome   SMALLINT       NOT NULL,
  handle    BINARY(16)     NOT NULL,
  body      MEDIUMBLOB     NOT NULL,
  UNIQUE (node, boot, seq),
  INDEX axess_audit_events_by_time (tenant_id, at, id),
  INDEX axess_audit_events_by_handle (tenant_id, handle, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- The last number of each source, which outlives its events.
CREATE TABLE axess_audit_sources (
  node VARBINARY(255) NOT NULL,
  boot BINARY(16)     NOT NULL,
  seq  BIGINT         NOT NULL,
  PRIMARY KEY (node, boot)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- Small values that end by themselves, under names "prefix/kind/key".
CREATE TABLE axess_values (
  name       VARBINARY(256) NOT NULL PRIMARY KEY,
  body       MEDIUMBLOB     NOT NULL,
  expires_at BIGINT         NOT NULL,
  INDEX axess_values_by_end (expires_at, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
