# frozen_string_literal: true

require "test_helper"

class EventPreparerTest < Minitest::Test
  Orders = Shop::Orders::V1
  CONFIRMED = Orders::OrderConfirmed.new(order_id: "order-1", payment_id: "pay-1").freeze
  ID = "019a0000-0000-7000-8000-000000000001"

  def test_gives_envelope_subject_stream_message_id_and_headers_by_the_contract
    prepared = prepare(CONFIRMED)
    assert_equal ["evt-orders", "evt.orders.5.order-1.shop.orders.v1.OrderConfirmed", "order-1", "/shop/orders/#{ID}",
      {"content-type" => Concord::Headers::ENVELOPE}],
      [prepared.stream, prepared.subject, prepared.key_token, prepared.message_id, prepared.headers]
    envelope = prepared.envelope
    assert_equal [ID, "order-1", "order-1/pay-1", ID, nil, Time.at(1_700_000_000, 123, :millisecond)],
      [envelope.id, envelope.key, envelope.idempotency_key, envelope.correlation_id, envelope.causation_id, envelope.time]
  end

  def test_encodes_the_body_around_the_place_of_the_sequence
    prepared = prepare(CONFIRMED)
    assert_equal prepared.envelope, Concord::Envelope.decode(prepared.to_message.body)
    assert_equal prepared.envelope.with(sequence: 7),
      Concord::Envelope.decode(prepared.head + "\x30\x07".b + prepared.tail)
  end

  def test_puts_the_namespace_before_subject_and_stream
    prepared = prepare(CONFIRMED, with: {namespace: "acme"})
    assert_equal ["acme-evt-orders", "acme.evt.orders.5.order-1.shop.orders.v1.OrderConfirmed"],
      [prepared.stream, prepared.subject]
  end

  def test_what_is_said_explicitly_wins
    prepared = prepare(CONFIRMED, key: "k.1", idempotency_key: "op", correlation_id: "c", attributes: {"tenant" => "a"},
      time: Time.at(1))
    envelope = prepared.envelope
    assert_equal ["k.1", "op", "c", {"tenant" => "a"}, Time.at(1), "k%2E1"],
      [envelope.key, envelope.idempotency_key, envelope.correlation_id, envelope.attributes, envelope.time, prepared.key_token]
  end

  def test_names_the_cause_and_stays_in_its_trace
    traceparent = "00-#{"a" * 32}-#{"b" * 16}-01"
    cause = Concord::Envelope.new(id: "cause", source: "/s", type: "T", correlation_id: "all", traceparent:)
    prepared = prepare(CONFIRMED, cause:)
    assert_equal ["all", "cause", traceparent, traceparent], [prepared.envelope.correlation_id,
      prepared.envelope.causation_id, prepared.envelope.traceparent, prepared.headers["traceparent"]]
  end

  def test_finds_every_violation_at_once
    error = assert_code(:invalid_data) do
      prepare(Orders::OrderConfirmed.new(order_id: "a"), with: {validate: ->(_) { [{field: "total", message: "is missing"}] }})
    end
    assert_equal %w[total payment_id], error.details[:violations].map { |violation| violation[:field] }
    refute_includes error.message, "\"a\""
  end

  def test_events_are_their_owners_to_publish_and_commands_are_sent
    assert_code(:failed_precondition) { prepare(CONFIRMED, with: {service: "mail"}) }
    assert_code(:invalid_argument) { prepare(CONFIRMED, verb: :send) }
    charge = Shop::Payments::V1::ChargePayment.new(order_id: "order-1")
    assert_code(:invalid_argument) { prepare(charge) }
    assert_code(:failed_precondition) { prepare(charge, verb: :send, with: {sends: []}) }
  end

  def test_refuses_what_the_broker_would_not_take_before_it_is_stored
    error = assert_code(:too_large) { prepare(CONFIRMED, with: {max_payload_bytes: -> { 16_384 + 50 }}) }
    assert_equal 50, error.details[:limit_bytes]
    assert_code(:invalid_key) { prepare(CONFIRMED, key: "k" * 256) }
    assert_code(:invalid_key) { prepare(CONFIRMED, key: "") }
  end

  private

  def prepare(message, with: {}, **options)
    clock = Struct.new(:now_ms).new(1_700_000_000_123)
    Concord::EventPreparer.new(service: "orders", source: "/shop/orders", clock:, ids: Struct.new(:next).new(ID), **with)
      .prepare(message, **options)
  end
end
