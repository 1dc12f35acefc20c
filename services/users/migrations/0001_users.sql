-- Who may order, and what each can pay with. Times are milliseconds since the epoch.
CREATE TABLE account (
  user_id TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  full_name TEXT NOT NULL,
  balance_minor BIGINT NOT NULL DEFAULT 0 CHECK (balance_minor >= 0),
  currency TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);

-- Every movement of a balance. A balance is the sum of its operations that were not taken back; an operation taken back
-- before it came stands here with 0, so that it never moves anything.
CREATE TABLE operation (
  operation_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES account (user_id),
  minor_units BIGINT NOT NULL,
  balance_after_minor BIGINT NOT NULL,
  reversed BIGINT NOT NULL DEFAULT 0
);
