-- What a tenant decides about itself, and where it stands; policies; accounts at
-- issuers of identities; ends of methods; tries of tokens. A time that is not set
-- is -62135596800000000, the zero time.
-- note: Makes two indexes over all users, who can be read meanwhile and not written: some seconds for a million.

ALTER TABLE axess_tenants
  ADD COLUMN reason   text   NOT NULL DEFAULT '',
  ADD COLUMN since    bigint NOT NULL DEFAULT -62135596800000000,
  ADD COLUMN purge_at bigint NOT NULL DEFAULT -62135596800000000,
  ADD COLUMN settings bytea  NOT NULL DEFAULT '',
  ADD COLUMN secrets  bytea  NOT NULL DEFAULT '',
  ADD COLUMN version  bigint NOT NULL DEFAULT 1;

-- Pages of users, and the owner of a passkey (IDN-024).
CREATE INDEX axess_users_by_place ON axess_users (tenant_id, created_at, id);
CREATE UNIQUE INDEX axess_users_by_handle ON axess_users (tenant_id, webauthn_handle);

ALTER TABLE axess_methods ADD COLUMN expires_at bigint NOT NULL DEFAULT -62135596800000000;
CREATE INDEX axess_methods_by_end ON axess_methods (expires_at, user_id, name);

ALTER TABLE axess_tokens ADD COLUMN tries integer NOT NULL DEFAULT 0;

-- A policy of a tenant has the zero id for user.
CREATE TABLE axess_policies (
  tenant_id  uuid   NOT NULL REFERENCES axess_tenants (id),
  user_id    uuid   NOT NULL,
  kind       text   COLLATE "C" NOT NULL,
  version    bigint NOT NULL,
  body       bytea  NOT NULL,
  reason     text   NOT NULL,
  expires_at bigint NOT NULL,
  by_user    uuid   NOT NULL,
  at         bigint NOT NULL,
  PRIMARY KEY (tenant_id, user_id, kind)
);
CREATE INDEX axess_policies_by_end ON axess_policies (expires_at, user_id, kind);

-- What an issuer calls a user. A row counts only with its mac, which covers all
-- other columns. It goes with its user, also if the release before erases them.
CREATE TABLE axess_links (
  tenant_id uuid   NOT NULL,
  issuer    text   COLLATE "C" NOT NULL,
  external  text   COLLATE "C" NOT NULL,
  user_id   uuid   NOT NULL,
  at        bigint NOT NULL,
  by_user   uuid   NOT NULL,
  mac       bytea  NOT NULL CHECK (octet_length(mac) = 32),
  PRIMARY KEY (tenant_id, issuer, external),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX axess_links_by_user ON axess_links (tenant_id, user_id, issuer, external);
