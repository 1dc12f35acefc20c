# frozen_string_literal: true

require "test_helper"

class EnvelopeTest < Minitest::Test
  ID = "01920000-0000-7000-8000-000000000001"
  MINIMAL = {id: ID, source: "/shop/orders", type: "shop.orders.v1.OrderCreated"}.freeze
  FULL = MINIMAL.merge(
    time: Time.at(1_735_787_045, 6, :nsec), key: "order-1", sequence: (2**53) + 1, idempotency_key: "order-1/é",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", correlation_id: "c\u0000\ufeff😀",
    causation_id: "e\u0301", data_content_type: "application/protobuf", data: "\x00\xff\x80".b, tracestate: "a=b",
    data_schema: "urn:concord:schema:00", attributes: {"tenant" => "acme", "subject" => "x", "a" => "ä" * 70}
  ).freeze
  # Written by the TypeScript SDK.
  MINIMAL_HEX = "0a2430313932303030302d303030302d373030302d383030302d303030303030303030303031120c2f73686f702f6f72646572" \
    "731a1b73686f702e6f72646572732e76312e4f7264657243726561746564"
  FULL_HEX = "#{MINIMAL_HEX}220808a584d8bb0610062a076f726465722d313081808080808080103a0a6f726465722d312fc3a9423730302d" \
    "30616637363531393136636434336464383434386562323131633830333139632d623761643662373136393230333333312d30314a096300" \
    "efbbbff09f9880520365cc815a146170706c69636174696f6e2f70726f746f627566620300ff80820103613d628a011575726e3a636f6e63" \
    "6f72643a736368656d613a3030920192010a0161128c01#{"c3a4" * 70}92010c0a077375626a65637412017892010e0a0674656e616e74" \
    "120461636d65".freeze
  OLD_HEX = "0a01611201621a01632211088092b8c398feffffff0110ff93ebdc0330006200"

  def test_writes_the_bytes_that_the_typescript_sdk_writes
    assert_equal MINIMAL_HEX, hex(Concord::Envelope.new(**MINIMAL))
    assert_equal FULL_HEX, hex(Concord::Envelope.new(**FULL))
    assert_equal OLD_HEX, hex(Concord::Envelope.new(**old))
  end

  def test_reads_back_what_it_writes
    [MINIMAL, FULL, old].each do |fields|
      envelope = Concord::Envelope.new(**fields)
      assert_equal envelope, Concord::Envelope.decode(envelope.encode)
    end
  end

  def test_its_parts_meet_at_the_place_of_the_sequence
    head, tail = Concord::Envelope.new(**FULL, sequence: nil).encode_parts
    assert_equal FULL_HEX, (head + "\x30\x81\x80\x80\x80\x80\x80\x80\x10".b + tail).unpack1("H*")
  end

  def test_takes_fields_in_any_order_the_last_of_repeated_ones_and_passes_over_unknown_ones
    bytes = ["9a0601781a0163", "120162", "0a017a", "0a0161"].join
    assert_equal Concord::Envelope.new(id: "a", source: "b", type: "c"), decode(bytes)
  end

  def test_keeps_an_attribute_whose_entry_has_more_in_it
    assert_equal({"ac" => "az"}, decode("0a01611201621a016392010b0a0261631202617a2a0178").attributes)
  end

  def test_reads_json_in_camel_and_in_snake_case
    envelope = Concord::Envelope.new(**FULL)
    assert_equal envelope, Concord::Envelope.from_json(envelope.to_json)
    text = '{"id":"a","source":"b","type":"c","idempotency_key":"x","correlationId":"y","sequence":7,"new":{}}'
    assert_equal ["x", "y", 7], Concord::Envelope.from_json(text).then { |it| [it.idempotency_key, it.correlation_id, it.sequence] }
    ["[]", "{\"id\":\"\\ud800\"}", "{} {}", "\xff"].each { |broken| assert_code(:undecodable) { Concord::Envelope.from_json(broken) } }
  end

  def test_keeps_unset_and_empty_data_apart
    assert_nil decode("0a01611201621a0163").data
    assert_equal "", decode("0a01611201621a01636200").data
  end

  def test_refuses_broken_bytes_as_undecodable
    ["0a", "0a0561", "0a02c328", "0aff", "1b"].each { |bytes| assert_code(:undecodable) { decode("0a0161#{bytes}") } }
    assert_code(:undecodable) { decode("0a01611201621a0163220610808094ebdc03") }
  end

  def test_refuses_what_breaks_a_rule_of_the_envelope
    [
      {id: ""}, {id: nil}, {id: "a\n"}, {id: "a\u0085"}, {id: "x" * 257}, {id: "\xff"}, {source: "/a b"}, {source: "é"},
      {source: "1a:b"}, {type: ""}, {key: ""}, {traceparent: ""}, {sequence: -1}, {sequence: 2**64}, {sequence: "1"},
      {time: Time.at(-62_135_596_801)}, {time: Time.at(253_402_300_800)}, {data: 1}, {correlation_id: "\xff".b}
    ].each { |change| assert_code(:invalid_envelope, change) { Concord::Envelope.new(**MINIMAL, **change) } }
  end

  def test_refuses_attributes_that_cloudevents_could_not_carry
    ["Foo", "a_b", "a" * 21, "id", "partitionkey", "1a", "", "time"].each do |name|
      assert_code(:invalid_attribute, name) { Concord::Envelope.new(**MINIMAL, attributes: {name => "x"}) }
    end
    assert_code(:invalid_attribute) { Concord::Envelope.new(**MINIMAL, attributes: {"a" => ""}) }
    assert_code(:invalid_attribute) { Concord::Envelope.new(**MINIMAL, attributes: {"a" => "\xff"}) }
    assert Concord::Envelope.new(**MINIMAL, attributes: {"subject" => "x", "dataschema" => "y", "a" * 20 => "z"})
  end

  def test_takes_every_uri_reference_and_no_other_text_as_its_source
    %w[/shop/orders orders ../a ?q #f //host/path //user:pw@host:8080/p?q=1/2?#f/? https://[2001:db8::1]:443/
      urn:concord:schema:00 mailto:a@example.com a/b:c ./a:b /%C3%A9 a:// /a//b x:/].each do |source|
      assert Concord::Envelope.new(**MINIMAL, source:), source
    end
    ["1a:b", ":a", "%", "/%4", "/%GG", "/[a]", "//[::1", "//host:port/", "a#b#c", "a^b", "{a}", "a|b", "\"a\"", "a\\b",
      "/a\n"].each { |source| assert_code(:invalid_envelope, source) { Concord::Envelope.new(**MINIMAL, source:) } }
  end

  private

  def old
    {id: "a", source: "b", type: "c", time: Time.at(-62_135_596_800, 999_999_999, :nsec), sequence: 0, data: ""}
  end

  def hex(envelope) = envelope.encode.unpack1("H*")

  def decode(hex) = Concord::Envelope.decode([hex].pack("H*"))
end
