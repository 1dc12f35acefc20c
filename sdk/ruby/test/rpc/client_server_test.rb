# frozen_string_literal: true

require "test_helper"
require "buf/validate/validate_pb"
require "concord/rpc/client"
require "concord/rpc/connect_app"
require "json"
require "open3"
require_relative "../support/servers"

# The Ruby client against a service in TypeScript.
class RpcClientTest < Minitest::Test
  ROOT = File.expand_path("../../../..", __dir__)
  NODE = ENV.fetch("CONCORD_TEST_NODE", "#{ROOT}/node_modules/.bin/node")

  # The service, started once for all tests.
  module Lab
    module_function

    def url = start.fetch("url")

    def start
      @start ||= begin
        input, output, process = Open3.popen2(NODE, "--conditions=@concord/source", "#{ROOT}/tools/ruby/lab-service.ts", chdir: ROOT)
        Minitest.after_run do
          input.close
          process.value
        end
        told = JSON.parse(output.gets || raise("the service ended: #{process.value}"))
        Google::Protobuf::DescriptorPool.generated_pool.add_serialized_file(told.fetch("contract").unpack1("m"))
        told
      end
    end
  end

  def setup
    skip "there is no Node with the repository's packages" unless File.executable?(NODE)
    Lab.start
    @lab = lab
  end

  def lab(url: Lab.url, **options) = Concord::Rpc::Client.new("lab.v1.LabService", url:, **options)

  def test_calls_with_a_hash_or_a_message_and_gets_a_message
    assert_equal "é % 😀", @lab.say({text: "é % 😀"}).text
    line = Google::Protobuf::DescriptorPool.generated_pool.lookup("lab.v1.Line").msgclass
    assert_equal line.new(text: "hi"), @lab.say(line.new(text: "hi"))
  end

  def test_reads_and_sends_streams
    assert_equal (1..100).to_a, @lab.count({count: 100}).map(&:count)
    assert_empty @lab.count({}).to_a
    assert_equal 6, @lab.sum([{count: 1}, {count: 2}, {count: 3}]).count
    assert_equal %w[a! b!], @lab.chat([{text: "a"}, {text: "b"}]).map(&:text)
    assert_equal [1, 2], @lab.count({count: 1_000}).first(2).map(&:count)
  end

  def test_talks_both_ways_at_once
    heard = Queue.new
    lines = Enumerator.new do |asked|
      asked << {text: "a"}
      asked << {text: heard.pop}
    end
    assert_equal %w[a! a!!], @lab.chat(lines).map { |line| line.text.tap { |text| heard << text } }
  end

  def test_hands_over_metadata_and_gets_head_and_trailer
    told = nil
    answer = @lab.say({text: "header x-mine"}, headers: {"X-Mine" => "é".b.unpack1("H*")},
      on_metadata: ->(head, trailer) { told = [head["x-head"], trailer["x-end-bin"]] })
    assert_equal ["c3a9", ["head", "\x00\xFF".b]], [answer.text, told]
  end

  def test_sends_a_token_and_the_trace_that_it_works_in
    assert_equal "Bearer t-1", lab(token: -> { "t-1" }).say({text: "header authorization"}).text
    parent = Concord::TraceContext.start(Random.new)
    sent = Concord::TraceContext.with(parent) { @lab.say({text: "header traceparent"}).text }
    hop = Concord::TraceContext.parse(sent)
    assert_equal parent.trace_id, hop.trace_id
    refute_equal parent.span_id, hop.span_id
  end

  def test_keeps_deadlines
    started = now_ms
    assert_code(:deadline_exceeded) { @lab.say({text: "hang"}, timeout_ms: 150) }
    assert_operator now_ms - started, :<, 2_000
    assert_includes 1..5_010, @lab.say({text: "left"}).text.to_f
    assert_includes 1..3_010, @lab.say({text: "left"}, timeout_ms: 3_000).text.to_f
  end

  def test_waits_no_longer_than_the_caller_of_the_call_being_served
    # gRPC rounds up what it writes.
    Concord::Rpc::Deadline.with(now_ms + 3_000) do
      assert_includes 1..3_010, @lab.say({text: "left"}).text.to_f
      assert_includes 1..2_010, @lab.say({text: "left"}, timeout_ms: 2_000).text.to_f
    end
    Concord::Rpc::Deadline.with(now_ms - 1) { assert_code(:deadline_exceeded) { @lab.say({text: "left"}) } }
  end

  def test_a_method_of_a_ruby_service_calls_within_the_deadline_of_its_own_caller
    called = @lab
    relay = Object.new
    relay.define_singleton_method(:say) { |_, _| called.say({text: "left"}) }
    app = Concord::Rpc::ConnectApp.new(clock: Concord::Clock.new, random: Random.new, log: nil,
      call_options: -> { {db: nil, transaction: nil} })
    app.add(Google::Protobuf::DescriptorPool.generated_pool.lookup("lab.v1.LabService"), relay)
    _, _, body = app.call("PATH_INFO" => "/lab.v1.LabService/Say", "REQUEST_METHOD" => "POST",
      "CONTENT_TYPE" => "application/json", "HTTP_CONNECT_TIMEOUT_MS" => "4000", "rack.input" => StringIO.new("{}"))
    assert_includes 1..4_010, JSON.parse(body.first).fetch("text").to_f
  ensure
    app&.close
  end

  def test_stops_when_it_is_canceled
    cancellation = Concord::Cancellation.new
    Thread.new { cancellation.cancel if cancellation.wait(100) || true }
    assert_code(:canceled) { @lab.say({text: "hang"}, cancellation:) }
  end

  def test_gives_failures_our_codes_with_their_messages_and_nothing_of_the_inside
    error = assert_code(:not_found) { @lab.say({text: "gone"}) }
    assert_equal "é % gone", error.message
    assert_equal "internal error", assert_code(:internal) { @lab.say({text: "boom"}) }.message
    assert_code(:circuit_open) { @lab.say({text: "open"}) }
    assert_code(:transaction_conflict) { @lab.say({text: "conflict"}) }
    assert_code(:unsupported) { @lab.manage({}) }
  end

  def test_names_all_fields_at_fault
    error = assert_code(:invalid_argument) { @lab.say({text: "x" * 5_001, count: -1}) }
    assert_equal %w[text count], error.details[:violations].map { |each| each[:field] }
    assert_equal %w[string.max_len int32.gte_lte], error.details[:violations].map { |each| each[:rule] }
  end

  def test_fails_behind_the_messages_of_a_stream
    counted = []
    error = assert_code(:failed_precondition) { @lab.count({count: 7}).each { |line| counted << line.count } }
    assert_equal [(1..7).to_a, "no more"], [counted, error.message]
  end

  def test_repeats_only_what_may_be_repeated
    assert_equal "here", @lab.look({}).text
    assert_code(:transaction_conflict) { @lab.say({text: "conflict"}) }
  end

  def test_draws_a_key_for_methods_that_take_one
    assert_match(/\A\h{8}-\h{4}-7/, @lab.charge({}).text)
    assert_equal "k-1", @lab.charge({}, idempotency_key: "k-1").text
  end

  def test_says_that_nobody_is_there
    nobody = lab(url: "http://127.0.0.1:1")
    assert_code(:unavailable) { nobody.say({}, timeout_ms: 2_000) }
  end

  def test_refuses_what_is_no_address_and_no_service
    assert_code(:config) { lab(url: "localhost:1") }
    assert_code(:invalid_contract) { Concord::Rpc::Client.new("lab.v1.Nobody", url: Lab.url) }
  end

  def test_is_used_by_many_threads
    texts = Array.new(8) { |n| Thread.new { Array.new(25) { |m| @lab.say({text: "#{n}/#{m}"}).text } } }.flat_map(&:value)
    assert_equal 200, texts.uniq.size
  end

  private

  def now_ms = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
end
