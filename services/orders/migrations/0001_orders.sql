-- What products cost, as inventory listed them.
CREATE TABLE price (
  product_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  minor_units BIGINT NOT NULL,
  currency TEXT NOT NULL
);

-- Where each order stands. Times are milliseconds since the epoch.
CREATE TABLE customer_order (
  order_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  status BIGINT NOT NULL,
  stock_held BIGINT NOT NULL DEFAULT 0,
  payment_method BIGINT NOT NULL,
  payment_id TEXT,
  total_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  cancellation_reason BIGINT NOT NULL DEFAULT 0,
  cancellation_detail TEXT NOT NULL DEFAULT '',
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL
);

CREATE INDEX customer_order_user ON customer_order (user_id, order_id);

CREATE TABLE order_line (
  order_id TEXT NOT NULL REFERENCES customer_order (order_id),
  position BIGINT NOT NULL,
  product_id TEXT NOT NULL,
  name TEXT NOT NULL,
  quantity BIGINT NOT NULL,
  unit_minor BIGINT NOT NULL,
  PRIMARY KEY (order_id, position)
);

-- Every status an order had, in the order of `step`.
CREATE TABLE order_step (
  order_id TEXT NOT NULL REFERENCES customer_order (order_id),
  step BIGINT NOT NULL,
  status BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (order_id, step)
);
