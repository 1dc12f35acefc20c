-- What is on hand of each product, and how much of that is held for orders.
CREATE TABLE product (
  product_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  price_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  on_hand BIGINT NOT NULL CHECK (on_hand >= 0),
  held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0 AND held <= on_hand)
);

-- What became of an order's claim on the stock: HELD, RELEASED or SOLD.
CREATE TABLE reservation (
  order_id TEXT PRIMARY KEY,
  state TEXT NOT NULL
);

CREATE TABLE reservation_line (
  order_id TEXT NOT NULL REFERENCES reservation (order_id),
  product_id TEXT NOT NULL REFERENCES product (product_id),
  quantity BIGINT NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
