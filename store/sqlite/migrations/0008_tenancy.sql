-- What a tenant decides about itself, and where it stands; policies; accounts at
-- issuers of identities; ends of methods; tries of tokens. A time that is not set
-- is -62135596800000000, the zero time.
-- note: Makes two indexes over all users: some seconds for a million.

ALTER TABLE axess_tenants ADD COLUMN reason   TEXT    NOT NULL DEFAULT '';
ALTER TABLE axess_tenants ADD COLUMN since    INTEGER NOT NULL DEFAULT -62135596800000000;
ALTER TABLE axess_tenants ADD COLUMN purge_at INTEGER NOT NULL DEFAULT -62135596800000000;
ALTER TABLE axess_tenants ADD COLUMN settings BLOB    NOT NULL DEFAULT x'';
ALTER TABLE axess_tenants ADD COLUMN secrets  BLOB    NOT NULL DEFAULT x'';
ALTER TABLE axess_tenants ADD COLUMN version  INTEGER NOT NULL DEFAULT 1;

-- Pages of users, and the owner of a passkey (IDN-024).
CREATE INDEX axess_users_by_place ON axess_users (tenant_id, created_at, id);
CREATE UNIQUE INDEX axess_users_by_handle ON axess_users (tenant_id, webauthn_handle);

ALTER TABLE axess_methods ADD COLUMN expires_at INTEGER NOT NULL DEFAULT -62135596800000000;
CREATE INDEX axess_methods_by_end ON axess_methods (expires_at, user_id, name);

ALTER TABLE axess_tokens ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;

-- A policy of a tenant has sixteen zero bytes for user.
CREATE TABLE axess_policies (
  tenant_id  BLOB    NOT NULL REFERENCES axess_tenants (id),
  user_id    BLOB    NOT NULL CHECK (length(user_id) = 16),
  kind       TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  body       BLOB    NOT NULL,
  reason     TEXT    NOT NULL,
  expires_at INTEGER NOT NULL,
  by_user    BLOB    NOT NULL CHECK (length(by_user) = 16),
  at         INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id, kind)
) STRICT;
CREATE INDEX axess_policies_by_end ON axess_policies (expires_at, user_id, kind);

-- What an issuer calls a user. A row counts only with its mac, which covers all
-- other columns. It goes with its user, also if the release before erases them.
CREATE TABLE axess_links (
  tenant_id BLOB    NOT NULL,
  issuer    TEXT    NOT NULL,
  external  TEXT    NOT NULL,
  user_id   BLOB    NOT NULL,
  at        INTEGER NOT NULL,
  by_user   BLOB    NOT NULL CHECK (length(by_user) = 16),
  mac       BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (tenant_id, issuer, external),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX axess_links_by_user ON axess_links (tenant_id, user_id, issuer, external);
