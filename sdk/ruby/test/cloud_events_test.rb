# frozen_string_literal: true

require "test_helper"
require "json"

class CloudEventsTest < Minitest::Test
  FORMATS = %i[cloudevents_json cloudevents_binary cloudevents_protobuf].freeze
  FIELDS = {
    id: "01920000-0000-7000-8000-000000000001", source: "/shop/orders", type: "shop.orders.v1.OrderCreated",
    time: Time.at(1_735_787_045, 6, :nsec), key: "order-1", sequence: (2**53) + 1, idempotency_key: "order-1/é",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", correlation_id: "c\u0000\ufeff😀",
    causation_id: "e\u0301", data_content_type: "application/protobuf", data: "\x00\xff\x80".b, tracestate: "a=b",
    data_schema: "urn:concord:schema:00", attributes: {"tenant" => "ac me", "subject" => "x", "a" => "ä%\""}
  }.freeze

  def test_an_envelope_comes_back_the_same_from_every_format
    minimal = FIELDS.slice(:id, :source, :type)
    [FIELDS, minimal, {**minimal, data: ""}, {**minimal, data: "x"}].each do |fields|
      envelope = Concord::Envelope.new(**fields)
      FORMATS.each { |format| assert_equal envelope, round_trip(format, envelope), "#{format} #{fields}" }
    end
  end

  def test_writes_what_the_typescript_sdk_writes
    envelope = Concord::Envelope.new(**FIELDS, attributes: {"tenant" => "acme", "a" => "ä"})
    headers, body = Concord::WireFormat.write(:cloudevents_protobuf, envelope)
    assert_equal "application/cloudevents+protobuf", headers["content-type"]
    assert body.unpack1("H*").start_with?("0a2430313932303030302d303030302d373030302d383030302d303030303030303030303031120c" \
      "2f73686f702f6f72646572731a03312e30221b73686f702e6f72646572732e76312e4f72646572437265617465642a090a016112041a02c3a4" \
      "2a140a0b636175736174696f6e696412051a0365cc81")
    headers, body = Concord::WireFormat.write(:cloudevents_binary, envelope)
    assert_equal ["application/protobuf", "00009007199254740993", "order-1/%C3%A9", "c%00%EF%BB%BF%F0%9F%98%80"],
      headers.values_at("content-type", "ce-keysequence", "ce-idempotencykey", "ce-correlationid")
    assert_equal FIELDS[:data], body
    _, body = Concord::WireFormat.write(:cloudevents_json, envelope)
    assert_equal %w[1.0 2025-01-02T03:04:05.000000006Z AP+A],
      JSON.parse(body).values_at("specversion", "time", "data_base64")
  end

  def test_keeps_what_the_envelope_has_no_field_for
    event = {specversion: "1.0", id: "1", source: "/s", type: "t", number: 7, flag: true, nothing: nil, data: {a: [1]}}
    envelope = read_json(event)
    assert_equal({"flag" => "true", "number" => "7"}, envelope.attributes)
    assert_equal ["application/json", '{"a":[1]}'], [envelope.data_content_type, envelope.data]
  end

  def test_takes_a_text_of_another_type_for_itself
    envelope = read_json({specversion: "1.0", id: "1", source: "/s", type: "t", datacontenttype: "text/xml", data: "<a/>"})
    assert_equal "<a/>", envelope.data
  end

  def test_refuses_what_is_no_cloudevent
    base = {specversion: "1.0", id: "1", source: "/s", type: "t"}
    [base.except(:specversion), {**base, specversion: "0.3"}, {**base, data: 1, data_base64: "AA=="},
      {**base, data_base64: "A"}, {**base, time: "2025-01-02"}, {**base, time: "2025-02-30T00:00:00Z"},
      {**base, keysequence: "x"}].each { |event| assert_code(:undecodable, event) { read_json(event) } }
    [{**base, id: ""}, {**base, partitionkey: ""}, {**base, time: ""}].each do |event|
      assert_code(:invalid_envelope, event) { read_json(event) }
    end
    ["[]", "{", "{} x", "{\"id\":\"\\ud800\"}", "\xff"].each do |body|
      assert_code(:undecodable, body) { Concord::WireFormat.read({"content-type" => "application/cloudevents"}, body) }
    end
    assert_code(:undecodable) { Concord::WireFormat.read({"content-type" => "application/cloudevents+protobuf"}, "\x0a") }
  end

  def test_reads_headers_that_others_quote_and_escape_in_their_own_way
    base = {"ce-specversion" => "1.0", "ce-id" => "%41", "ce-source" => "/s", "ce-type" => "\"t\\\"x\""}
    envelope = Concord::WireFormat.read({**base, "content-type" => "text/plain"}, "")
    assert_equal ["A", "t\"x", "text/plain", ""],
      [envelope.id, envelope.type, envelope.data_content_type, envelope.data]
    ["%C0%A0", "%ZZ", "a%"].each do |text|
      assert_code(:undecodable, text) { Concord::WireFormat.read({**base, "ce-subject" => text}, "") }
    end
  end

  def test_finds_the_format_by_content_type_without_case_and_parameters
    envelope = Concord::Envelope.new(**FIELDS)
    headers = {"content-type" => "Application/VND.concord.envelope.v1+protobuf; x=1", "ce-specversion" => "1.0"}
    assert_equal envelope, Concord::WireFormat.read(headers, envelope.encode)
    [{}, {"content-type" => "application/json"},
      {"content-type" => "application/cloudevents-batch+json", "ce-specversion" => "1.0"}].each do |other|
      assert_code(:unsupported_content_type, other) { Concord::WireFormat.read(other, "[]") }
    end
  end

  def test_digests_schemas_as_the_typescript_sdk_does
    assert_equal %w[urn:concord:schema:8788098b2ad8d834c27dec91dde039a2 urn:concord:schema:f266bf6ca03fa712e51f5c4a523d69a8],
      [Shop::Orders::V1::OrderCreated, Concord::Proto::Event::V1::Envelope].map { |type| Concord::Contract::SchemaDigest.of(type) }
  end

  private

  def round_trip(format, envelope)
    headers, body = Concord::WireFormat.write(format, envelope)
    Concord::WireFormat.read(Concord::Headers.normalize(headers), body)
  end

  def read_json(event)
    Concord::WireFormat.read({"content-type" => "application/cloudevents+json"}, JSON.generate(event))
  end
end
