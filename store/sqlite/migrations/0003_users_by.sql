-- Who made an account, and who last changed it. Sixteen zero bytes: nobody knows.

ALTER TABLE axess_users ADD COLUMN created_by BLOB NOT NULL DEFAULT X'00000000000000000000000000000000' CHECK (length(created_by) = 16);
ALTER TABLE axess_users ADD COLUMN updated_by BLOB NOT NULL DEFAULT X'00000000000000000000000000000000' CHECK (length(updated_by) = 16);
