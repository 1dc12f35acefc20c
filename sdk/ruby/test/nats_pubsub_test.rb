# frozen_string_literal: true

require_relative "test_helper"
require "concord/consumer/router"
require "concord/nats_pubsub"
require "concord/publisher"
require_relative "support/memory_transport"

class NatsPubsubTest < Minitest::Test
  Orders = Shop::Orders::V1
  Inventory = Shop::Inventory::V1
  STREAM = "production-events-stream"
  RESERVED = {
    event_id: "6f1c8b9e-6f0e-4a53-9e0c-0d4f3a2b1c00", schema_version: 1, topic: "inventory.reserved",
    producer: "inventory service", occurred_at: "2025-01-02T03:04:05.678Z", trace_id: "trace-1",
    message: {order_id: "order-1", extra: true}
  }.freeze
  TOPICS = [
    {application: "order-service", name: "order.confirmed", message_class: Orders::OrderConfirmed},
    {application: "inventory-service", name: "inventory.reserved", message_class: Inventory::StockReserved}
  ].freeze

  def broker = @broker ||= MemoryTransport.new

  def transport
    @transport ||= Concord::NatsPubsub.join(broker, environment: "production", stream: STREAM, topics: TOPICS)
  end

  def preparer
    Concord::EventPreparer.new(service: "orders", source: "/shop/orders", ids: Concord::Ids.new(clock: Concord::Clock.new))
  end

  def send_theirs(id, body)
    broker.store(Concord::OutgoingMessage.new(stream: STREAM, subject: "production.inventory-service.inventory.reserved",
      message_id: id, headers: {"topic" => "inventory.reserved"}, body: body.b))
  end

  def read(stream, filter)
    found = []
    stop = Concord::Cancellation.new
    transport.read(stream:, filter:, after: 0, cancellation: stop) { |batch| found.concat(batch) && stop.cancel }
    found
  end

  def test_it_publishes_in_their_json_under_their_subject_with_the_events_id_as_the_message_id
    order = Orders::OrderConfirmed.new(order_id: "order-1", user_id: "u", payment_id: "p")
    id = Concord::Publisher.new(transport:, preparer:).publish(order)
    message = broker.get(STREAM, 1)
    assert_equal ["production.order-service.order.confirmed", "order.confirmed"], [message.subject, message.headers["topic"]]
    refute message.headers.key?("content-type")
    body = JSON.parse(message.body)
    assert_equal [id, 1, "order.confirmed", "orders", "order-1"],
      body.values_at("event_id", "schema_version", "topic", "producer", "resource_id")
    assert_equal({"order_id" => "order-1", "user_id" => "u", "payment_id" => "p"}, body["message"])
    assert_operator Time.now - Time.iso8601(body["occurred_at"]), :<, 60
    assert broker.store(Concord::OutgoingMessage.new(stream: STREAM, message_id: id)).duplicate
  end

  def test_what_is_none_of_their_topics_goes_out_as_ever
    prepared = preparer.prepare(Orders::OrderShipped.new(order_id: "o"))
    transport.publish(prepared.to_message)
    assert_equal prepared.body, broker.get("evt-orders", 1).body
  end

  def test_their_events_are_read_under_our_contract_and_what_is_none_keeps_its_bytes
    send_theirs("1", "no json")
    send_theirs("2", JSON.generate(RESERVED))
    broken, good = read("evt-inventory", "evt.inventory.*.*.shop.inventory.v1.StockReserved")
    router = Concord::Consumer::Router.new.on(Inventory::StockReserved) {}
    event = router.decode(good)
    assert_equal [RESERVED[:event_id], "/inventory%20service", "order-1", "trace-1", "order-1"],
      [event.id, event.source, event.key, event.envelope.correlation_id, event.data.order_id]
    assert_equal Time.utc(2025, 1, 2, 3, 4, 5 + 678r / 1000), event.envelope.time
    assert_code(:unsupported_content_type) { router.decode(broken) }
    assert_equal ["no json", "evt.inventory.0._.shop.inventory.v1.StockReserved", "evt-inventory"],
      [broken.body, broken.subject, broken.stream]
  end

  def test_all_of_it_is_partition_0
    send_theirs("1", JSON.generate(RESERVED))
    assert_equal 1, transport.next_message("evt-inventory", "evt.inventory.0.>", 0).sequence
    assert_nil transport.next_message("evt-inventory", "evt.inventory.3.>", 0)
    assert_equal 1, transport.stream_state("evt-inventory").last_sequence
    assert_equal "evt-inventory", transport.get("evt-inventory", 1).stream
  end

  def test_a_field_that_is_no_text_or_misses_makes_it_unreadable
    topic = Concord::NatsPubsub::Topic.new(**TOPICS.last)
    {event_id: 3, producer: {}, occurred_at: "yesterday", message: [1]}.each do |name, value|
      assert_code(:undecodable, name) { Concord::NatsPubsub::Codec.read(JSON.generate({**RESERVED, name => value}), topic) }
    end
    %i[event_id producer].each do |name|
      assert_code(:invalid_envelope, name) { Concord::NatsPubsub::Codec.read(JSON.generate(RESERVED.except(name)), topic) }
    end
  end
end
