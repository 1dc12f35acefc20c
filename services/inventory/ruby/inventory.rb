# frozen_string_literal: true

# The shop's inventory in Ruby: the same contract, tables and behaviour as ../service.ts. Load path: `sdk/ruby/lib` and
# `gen/ruby`.

require "concord"
require "shop/inventory/v1/inventory_pb"
require "shop/orders/v1/orders_pb"
require_relative "stock"

Inventory = Shop::Inventory::V1
Orders = Shop::Orders::V1

# What is on the shelves of a new shop.
START_PRODUCTS = [
  ["keyboard", "Keyboard", 12, 4_900], ["phone", "Phone", 25, 29_999], ["prod-001", "Laptop", 10, 99_999],
  ["prod-002", "Mouse", 50, 2_999]
].freeze

# Answers the methods of InventoryService.
class InventoryMethods
  def get_stock(request, call) = Stock.new(call.db).get(request.product_id)

  def put_product(request, call)
    call.transaction do |tx|
      product = Stock.new(tx.db).put(product_id: request.product_id, name: request.name, quantity: request.quantity,
        price: request.price)
      tx.publish(Inventory::ProductListed.new(product.slice(:product_id, :name, :price)))
      product
    end
  end
end

# What it says and hears in a NatsPubsub system, when it runs with `--codec nats-pubsub`.
NATS_PUBSUB = {
  environment: "production", stream: "production-events-stream",
  topics: [
    {application: "order-service", name: "order.created", message_class: Orders::OrderCreated},
    {application: "order-service", name: "order.cancelled", message_class: Orders::OrderCancelled},
    {application: "inventory-service", name: "inventory.reserved", message_class: Inventory::StockReserved},
    {application: "inventory-service", name: "inventory.rejected", message_class: Inventory::StockRejected}
  ]
}.freeze

service = Concord::Service.new("inventory", migrations: File.expand_path("../migrations", __dir__), nats_pubsub: NATS_PUBSUB)

service.seed do |tx|
  START_PRODUCTS.each do |product_id, name, quantity, minor_units|
    price = Shop::Common::V1::Money.new(minor_units:, currency: "USD")
    Stock.new(tx.db).put(product_id:, name:, quantity:, price:)
    tx.publish(Inventory::ProductListed.new(product_id:, name:, price:))
  end
end

service.on(Orders::OrderCreated) do |event, tx|
  order_id = event.data.order_id
  missing = Stock.new(tx.db).reserve(order_id, event.data.lines)
  tx.publish(missing ? Inventory::StockRejected.new(order_id:, **missing.to_h) : Inventory::StockReserved.new(order_id:))
end

service.on(Orders::OrderCancelled) do |event, tx|
  order_id = event.data.order_id
  tx.publish(Inventory::StockReleased.new(order_id:)) if Stock.new(tx.db).release(order_id)
end

service.on(Orders::OrderShipped) { |event, tx| Stock.new(tx.db).sell(event.data.order_id) }

service.rpc("shop.inventory.v1.InventoryService", InventoryMethods.new)

service.run if $PROGRAM_NAME == __FILE__
