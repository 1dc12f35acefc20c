-- What RPC methods with an idempotency key have done, so that a repeated call is one call: calls by their keys, written
-- with their effects. The transactions of a call run once, and its first answer is given again.

CREATE TABLE concord_idempotency (
  method TEXT NOT NULL, -- full name, 'shop.orders.v1.OrderService/CreateOrder'
  caller TEXT NOT NULL, -- who calls; empty where calls are not authenticated
  key TEXT NOT NULL, -- over 512 bytes: 'sha256:' and the hash in hex
  step INTEGER NOT NULL, -- 0 for the first transaction of a call, 1 for the second
  request_hash TEXT NOT NULL, -- SHA-256 of the request in hex
  result BLOB, -- what the transaction gave to its method, in a form of the service's own language
  answer BLOB, -- the first answer, in step 0
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (method, caller, key, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX concord_idempotency_expiry ON concord_idempotency (expires_at_ms);
