# frozen_string_literal: true

require "test_helper"
require "concord/json_log"
require "json"
require "stringio"

class JsonLogTest < Minitest::Test
  def setup
    @output = StringIO.new
    @log = Concord::JsonLog.new(service: "mail", output: @output)
  end

  def test_writes_a_line_with_the_field_names_of_every_language
    Concord::TraceContext.with(Concord::TraceContext.start(Random.new(1))) do
      @log.child(event_id: "a").info("event handled", duration_ms: 3)
    end
    line = JSON.parse(@output.string)
    assert_equal ["info", "mail", "a", 3, "event handled"], line.values_at("level", "service", "eventId", "durationMs", "msg")
    assert_match(/\A\h{32}\z/, line["traceId"])
    assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, line["time"])
  end

  def test_writes_errors_by_code_and_messages_by_their_type_alone
    @log.warn("no", err: Concord::Error.new(:unavailable, "away"), data: Shop::Orders::V1::OrderConfirmed.new(order_id: "secret"))
    line = JSON.parse(@output.string)
    assert_equal [{"name" => "Concord::Error", "code" => "unavailable", "message" => "away"},
      {"type" => "shop.orders.v1.OrderConfirmed"}], line.values_at("err", "data")
    refute_includes @output.string, "secret"
  end

  def test_is_silent_below_its_level
    @log.debug("nothing")
    Concord::JsonLog.new(service: "mail", level: "silent", output: @output).error("nothing")
    assert_empty @output.string
  end
end
