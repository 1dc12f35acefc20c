-- The payment whose money goes back; an order that it paid is not shipped any more.
ALTER TABLE customer_order ADD COLUMN refunding_payment_id TEXT;
