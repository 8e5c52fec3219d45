-- What ended, for those who watch: kind 0 is a login, whose id is in id, 1 to 3 the
-- scopes of an epoch. Rows are kept a day.
CREATE TABLE axess_revocations (
  seq       bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind      smallint NOT NULL,
  tenant_id uuid     NOT NULL,
  id        uuid     NOT NULL,
  at        bigint   NOT NULL
);
