-- One payment of an order is PENDING (1) or CAPTURED (2) at a time.
CREATE UNIQUE INDEX payment_open ON payment (order_id) WHERE status IN (1, 2);
