-- What a tenant decides about itself, and where it stands; policies; accounts at
-- issuers of identities; ends of methods; tries of tokens. A time that is not set
-- is -62135596800000000, the zero time; settings that are NULL are empty, since a
-- column of this type has no default that every server takes.
-- note: Makes two indexes over all users: some seconds for a million.
ALTER TABLE axess_tenants
  ADD COLUMN reason   VARCHAR(1024)   NOT NULL DEFAULT '',
  ADD COLUMN since    BIGINT          NOT NULL DEFAULT -62135596800000000,
  ADD COLUMN purge_at BIGINT          NOT NULL DEFAULT -62135596800000000,
  ADD COLUMN settings MEDIUMBLOB,
  ADD COLUMN secrets  VARBINARY(1024) NOT NULL DEFAULT '',
  ADD COLUMN version  BIGINT          NOT NULL DEFAULT 1;

-- Pages of users, and the owner of a passkey (IDN-024).
CREATE INDEX axess_users_by_place ON axess_users (tenant_id, created_at, id);

CREATE UNIQUE INDEX axess_users_by_handle ON axess_users (tenant_id, webauthn_handle);

ALTER TABLE axess_methods ADD COLUMN expires_at BIGINT NOT NULL DEFAULT -62135596800000000;

CREATE INDEX axess_methods_by_end ON axess_methods (expires_at, user_id, name);

ALTER TABLE axess_tokens ADD COLUMN tries INT NOT NULL DEFAULT 0;

-- A policy of a tenant has the zero id for user.
CREATE TABLE axess_policies (
  tenant_id  BINARY(16)      NOT NULL,
  user_id    BINARY(16)      NOT NULL,
  kind       VARBINARY(64)   NOT NULL,
  version    BIGINT          NOT NULL,
  body       VARBINARY(4096) NOT NULL,
  reason     VARCHAR(1024)   NOT NULL,
  expires_at BIGINT          NOT NULL,
  by_user    BINARY(16)      NOT NULL,
  at         BIGINT          NOT NULL,
  PRIMARY KEY (tenant_id, user_id, kind),
  INDEX axess_policies_by_end (expires_at, user_id, kind),
  FOREIGN KEY (tenant_id) REFERENCES axess_tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- What an issuer calls a user. A row counts only with its mac, which covers all
-- other columns. It goes with its user, also if the release before erases them.
CREATE TABLE axess_links (
  tenant_id   BINARY(16)     NOT NULL,
  issuer      VARBINARY(255) NOT NULL,
  external_id VARBINARY(255) NOT NULL,
  user_id     BINARY(16)     NOT NULL,
  at          BIGINT         NOT NULL,
  by_user     BINARY(16)     NOT NULL,
  mac         BINARY(32)     NOT NULL,
  PRIMARY KEY (tenant_id, issuer, external_id),
  INDEX axess_links_by_user (tenant_id, user_id, issuer, external_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
