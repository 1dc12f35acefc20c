# frozen_string_literal: true

require "test_helper"
require "support/service_process"

# The shop's inventory in Ruby: it must do what the one in TypeScript does.
class ShopInventoryServerTest < Minitest::Test
  include ServiceProcess

  Inventory = Shop::Inventory::V1
  SHELVES = 4

  def program = File.expand_path("../../../services/inventory/ruby/inventory.rb", __dir__)

  def test_holds_an_order_or_none_of_it_releases_and_sells
    start
    order("o-1", 2, product_id: "keyboard")
    order("o-2", 100, product_id: "keyboard")
    answers = published(SHELVES + 2).last(2).to_h { |envelope| [envelope.key, envelope] }
    assert_equal "shop.inventory.v1.StockReserved", answers["o-1"].type
    rejected = Inventory::StockRejected.decode(answers["o-2"].data)
    assert_equal ["keyboard", 100, 10], [rejected.product_id, rejected.wanted, rejected.left]
    send_event(Orders::OrderCancelled.new(order_id: "o-1"))
    assert_equal "shop.inventory.v1.StockReleased", published(SHELVES + 3).last.type
    order("o-3", 5, product_id: "keyboard")
    published(SHELVES + 4)
    send_event(Orders::OrderShipped.new(order_id: "o-3"))
    wait_until { call("GetStock", productId: "keyboard").fetch("quantity") == 7 }
    assert_equal 0, stop("TERM")
  end

  def test_lists_products_and_refuses_fewer_than_are_held
    start
    price = {minorUnits: "100", currency: "USD"}
    product = call("PutProduct", productId: "odd", name: "Odd", quantity: 3, price:)
    assert_equal ["odd", 3, "100"], [product["productId"], product["quantity"], product.dig("price", "minorUnits")]
    order("o-1", 2, product_id: "odd")
    published(SHELVES + 2)
    refused = call("PutProduct", productId: "odd", name: "Odd", quantity: 1, price:)
    assert_equal ["failed_precondition", "quantity: 2 pieces of odd are held for orders"],
      refused.values_at("code", "message")
    assert_equal "not_found", call("GetStock", productId: "none")["code"]
  end

  def test_answers_a_nats_pubsub_system_in_its_own_words
    stream = "production-events-stream"
    @transport.provision([Concord::StreamSpec.new(name: stream, subjects: ["production.>"], partitions: 1,
      retention_ms: 60_000, dedupe_window_ms: 60_000)])
    start("--codec", "nats-pubsub")
    body = {event_id: SecureRandom.uuid, topic: "order.created", producer: "order-service", occurred_at: Time.now.iso8601(3),
            trace_id: "trace-1", message: {order_id: "o-1", lines: [{product_id: "keyboard", quantity: 2}], coupon: "SPRING"}}
    @transport.publish(Concord::OutgoingMessage.new(stream:, subject: "production.order-service.order.created",
      message_id: body[:event_id], headers: {"topic" => "order.created"}, body: JSON.generate(body)))
    wait_until { @transport.get(stream, 2) }
    answer = @transport.get(stream, 2)
    assert_equal "production.inventory-service.inventory.reserved", answer.subject
    told = JSON.parse(answer.body)
    assert_equal ["inventory.reserved", "inventory", {"order_id" => "o-1"}], told.values_at("topic", "producer", "message")
    assert_equal 10, call("GetStock", productId: "keyboard").fetch("quantity")
    # With this id the broker takes a second one for a repetition: it stood in the header that the broker knows (trap T22).
    again = Concord::OutgoingMessage.new(stream:, subject: "production.again", message_id: told["event_id"], headers: {}, body: "")
    assert @transport.publish(again).duplicate
  end

  def test_killed_in_mid_flow_it_changes_nothing
    start
    10.times { |n| order("o-#{n}", 1, product_id: "phone") }
    stop("KILL")
    start
    reserved = published(SHELVES + 10).last(10).map(&:key)
    assert_equal Array.new(10) { |n| "o-#{n}" }, reserved.sort
    assert_equal 15, call("GetStock", productId: "phone").fetch("quantity")
  end
end
