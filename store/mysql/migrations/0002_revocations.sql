-- What ended, for those who watch: kind 0 is a login, whose id is in id, 1 to 3 the
-- scopes of an epoch. Rows are kept a day.
CREATE TABLE axess_revocations (
  seq       BIGINT     NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind      SMALLINT   NOT NULL,
  tenant_id BINARY(16) NOT NULL,
  id        BINARY(16) NOT NULL,
  at        BIGINT     NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;
