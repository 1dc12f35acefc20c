-- What RPC methods with an idempotency key have done, so that a repeated call is one call.

CREATE TABLE concord_idempotency (
  method text NOT NULL, -- full name, 'shop.orders.v1.OrderService/CreateOrder'
  caller text NOT NULL, -- who calls; empty where calls are not authenticated
  key text NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  step integer NOT NULL, -- 0 for the first transaction of a call, 1 for the second
  request_hash text NOT NULL, -- SHA-256 of the request in hex
  result bytea, -- what the transaction gave to its method, in a form of the service's own language
  answer bytea, -- the first answer, in step 0
  expires_at_ms bigint NOT NULL, -- by the database's clock
  PRIMARY KEY (method, caller, key, step)
);
CREATE INDEX concord_idempotency_expiry ON concord_idempotency (expires_at_ms);
COMMENT ON TABLE concord_idempotency IS
  'Calls by their idempotency keys, written with their effects: the transactions of a call run once, and its first answer is given again.';
