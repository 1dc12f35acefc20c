# frozen_string_literal: true

require "test_helper"
require "concord/consumer/router"
require "concord/consumer/verdict"

class HandlingTest < Minitest::Test
  Orders = Shop::Orders::V1

  def setup
    @router = Concord::Consumer::Router.new
    @clock = Concord::Clock.new
  end

  def test_gives_the_handler_the_event_and_what_it_publishes_with
    given = nil
    @router.on(Orders::OrderConfirmed) { |event, tx| given = [event.data.order_id, event.attempt, event.id, tx] }
    handle(attempt: 2, tx: :tx)
    assert_equal ["o-1", 2, "id-1", :tx], given
  end

  def test_runs_in_the_trace_of_the_messages_header_else_of_the_envelope
    seen = []
    @router.on(Orders::OrderConfirmed) { seen << Concord::TraceContext.current.trace_id }
    handle
    handle(headers: {"traceparent" => "00-#{"a" * 32}-#{"b" * 16}-01"})
    handle(headers: {"traceparent" => "00-#{"0" * 32}-#{"b" * 16}-01"})
    assert_equal ["c" * 32, "a" * 32, "c" * 32], seen
    assert_nil Concord::TraceContext.current
  end

  def test_refuses_data_that_breaks_its_contract_without_running_the_handler
    @router.on(Orders::OrderConfirmed) { flunk }
    error = assert_code(:terminal) { handle(validate: ->(_) { [{field: "x", rule: "y"}] }) }
    verdict = Concord::Consumer::Verdict.of(error, policy: nil, attempt: 1, random: Random.new)
    assert_equal [:dead, "invalid", :invalid_data], [verdict.kind, verdict.reason, verdict.error]
  end

  def test_passes_on_what_the_handler_raises
    @router.on(Orders::OrderConfirmed) { raise ArgumentError, "no" }
    assert_raises(ArgumentError) { handle }
  end

  private

  def handle(attempt: 1, tx: nil, headers: {}, **options)
    handling = Concord::Handling.new(router: @router, clock: @clock, **options)
    handling.call(event(headers).for_attempt(attempt), tx)
  end

  def event(headers)
    envelope = Concord::Envelope.new(id: "id-1", source: "/shop/orders", type: "shop.orders.v1.OrderConfirmed", key: "o-1",
      traceparent: "00-#{"c" * 32}-#{"d" * 16}-01", data: Orders::OrderConfirmed.encode(Orders::OrderConfirmed.new(order_id: "o-1")))
    message = Concord::StoredMessage.new(stream: "evt-orders", sequence: 1, body: envelope.encode,
      subject: "evt.orders.3.o-1.shop.orders.v1.OrderConfirmed",
      headers: {"content-type" => Concord::Headers::ENVELOPE, **headers})
    @router.decode(message)
  end
end
