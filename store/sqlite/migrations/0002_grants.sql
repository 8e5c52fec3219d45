-- Which account holds which role. A row counts only with its mac, which covers
-- all other columns; granted_by is the system user for the program itself.
CREATE TABLE axess_grants (
  tenant_id  BLOB    NOT NULL,
  user_id    BLOB    NOT NULL,
  role       TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  granted_at INTEGER NOT NULL,
  granted_by BLOB    NOT NULL CHECK (length(granted_by) = 16),
  mac        BLOB    NOT NULL CHECK (length(mac) = 32),
  PRIMARY KEY (tenant_id, user_id, role),
  FOREIGN KEY (tenant_id, user_id) REFERENCES axess_users (tenant_id, id)
) STRICT;
CREATE INDEX axess_grants_by_role ON axess_grants (tenant_id, role);
