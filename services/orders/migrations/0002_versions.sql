-- Counts the changes of an order: of two changes at once one starts again.
ALTER TABLE customer_order ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- Orders that are not paid, PENDING (1) or INVENTORY_RESERVED (2), by their last change.
CREATE INDEX customer_order_unpaid ON customer_order (updated_at_ms) WHERE status IN (1, 2);
