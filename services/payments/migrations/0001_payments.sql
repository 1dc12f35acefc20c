-- Each payment and where it stands. Times are milliseconds since the epoch.
CREATE TABLE payment (
  payment_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  method BIGINT NOT NULL,
  status BIGINT NOT NULL,
  decline_reason BIGINT NOT NULL DEFAULT 0,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);

CREATE INDEX payment_order ON payment (order_id);

-- Every movement of money; an operation moves it once.
CREATE TABLE ledger (
  operation_id TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL REFERENCES payment (payment_id),
  minor_units BIGINT NOT NULL,
  currency TEXT NOT NULL
);

-- Orders that were cancelled before their charge arrived.
CREATE TABLE do_not_charge (
  order_id TEXT PRIMARY KEY
);
