# frozen_string_literal: true

require "test_helper"
require "json"
require "open3"

# Speaks to the testee as the conformance suite's runner does.
class ConformanceTesteeTest < Minitest::Test
  TESTEE = File.expand_path("../../../conformance/testees/ruby/testee.rb", __dir__)

  def setup
    # A locale without UTF-8, as in containers and schedulers that set none.
    @input, @output, @errors, @process = Open3.popen3({"LANG" => nil, "LC_ALL" => "C"}, RbConfig.ruby, TESTEE)
    [@input, @output].each { |io| io.set_encoding("UTF-8") }
    Thread.new { @errors.read }
    @number = 0
  end

  def teardown
    @input.close unless @input.closed?
    @process.value
    [@output, @errors].each(&:close)
  end

  def test_says_who_it_is
    assert_equal %w[concord-ruby ruby], ask(hello: {protocol: 1}).dig("hello").values_at("name", "language")
  end

  def test_encodes_and_decodes_in_every_mode
    envelope = {"id" => "a", "source" => "/b", "type" => "t", "time" => "2025-01-02T03:04:05.000000006Z", "key" => "k",
                "sequence" => "9007199254740993", "data" => "00ff", "attributes" => {"a" => "1"}}
    %w[env ce-json ce-binary ce-proto].each do |mode|
      encoded = ask(encode: {mode:, envelope:}).fetch("encode")
      assert_equal envelope, ask(decode: encoded).dig("decode", "envelope"), mode
    end
  end

  def test_reads_and_writes_utf_8_whatever_the_locale
    envelope = {"id" => "ключ", "source" => "/b", "type" => "t", "time" => "2025-01-02T03:04:05Z", "attributes" => {"a" => "😀"}}
    encoded = ask(encode: {mode: "ce-json", envelope:}).fetch("encode")
    assert_equal envelope, ask(decode: encoded).dig("decode", "envelope").slice(*envelope.keys)
  end

  def test_answers_the_questions_of_level_0
    assert_equal 5, ask(partition_of: {key: "order-1", id: "x", partitions: 8}).dig("partition_of", "partition")
    assert_equal "x.evt.orders.5.order-1.T",
      ask(subject_of: {kind: "event", stream: "orders", ns: "x", envelope: {id: "i", type: "T", key: "order-1"}})
        .dig("subject_of", "subject")
    assert_equal 300, ask(delay_of: {policy: {initial_ms: 100}, attempt: 3, random: 0.5}).dig("delay_of", "ms")
    keyed = ask(schema_of: {type: "concord.conformance.v1.KeyedByColour", data: "08c801"}).fetch("schema_of")
    assert_equal %w[200 200], keyed.values_at("key", "idempotency_key")
  end

  def test_refuses_and_goes_on
    assert_equal({"code" => "unsupported", "message" => "there is no such op"}, ask(fly: {})["error"])
    assert_equal "bad_request", ask(publish: {events: []}).dig("error", "code")
    assert_equal "bad_request", ask(encode: {mode: "morse", envelope: {id: "a", source: "b", type: "c"}}).dig("error", "code")
    assert_equal "invalid_envelope", ask(encode: {mode: "env", envelope: {id: ""}}).dig("error", "code")
    @input.puts "no JSON"
    assert_equal [0, "bad_request"], JSON.parse(@output.gets).then { |reply| [reply["n"], reply.dig("error", "code")] }
    assert ask(hello: {})["hello"]
  end

  def test_ends_in_order_when_asked_and_when_its_input_ends
    assert_equal({}, ask(quit: {})["quit"])
    assert_predicate @process.value, :success?
    setup
    @input.close
    assert_predicate @process.value, :success?
  end

  private

  def ask(request)
    @input.puts JSON.generate(n: @number += 1, **request)
    reply = JSON.parse(@output.gets)
    assert_equal @number, reply["n"]
    reply
  end
end
