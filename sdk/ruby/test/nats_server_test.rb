# frozen_string_literal: true

require "test_helper"
require "concord/acknowledging_consumer"
require "concord/consumer/router"
require "concord/dead_letters"
require "concord/nats"
require "concord/publisher"
require "concord/stream_specs"

# On a real nats-server, each test in a namespace of its own.
class NatsServerTest < Minitest::Test
  Orders = Shop::Orders::V1

  def setup
    @url = ENV["CONCORD_TEST_NATS_URL"] or skip "CONCORD_TEST_NATS_URL names no server"
    @namespace = "t#{SecureRandom.hex(6)}"
    @transport = Concord::Nats.connect(@url)
    @clock = Concord::Clock.new
    @seen = Thread::Queue.new
    @preparer = Concord::EventPreparer.new(service: "orders", source: "/shop/orders", namespace: @namespace,
      ids: Concord::Ids.new(clock: @clock))
    @publisher = Concord::Publisher.new(transport: @transport, preparer: @preparer)
    contract = Concord::Contract.event(Orders::OrderConfirmed)
    @transport.provision(Concord::StreamSpecs.of("orders", handled: [contract], namespace: @namespace))
  end

  def teardown
    @consumers&.each(&:drain)
    @transport&.close
  end

  def test_stores_a_message_id_once
    message = @preparer.prepare(confirmed("a", 1)).to_message
    first, second = @transport.publish(message), @transport.publish(message)
    assert_equal [first.sequence, false, true], [second.sequence, first.duplicate, second.duplicate]
    stored = @transport.get(message.stream, first.sequence)
    assert_equal [message.body, message.subject, message.message_id],
      [stored.body, stored.subject, stored.headers["nats-msg-id"]]
  end

  def test_headers_and_ids_come_back_as_they_were_sent
    message = @preparer.prepare(confirmed("é", 1)).to_message
    message.headers = {**message.headers, "x-name" => "Zoë", "Nats-Expected-Stream" => "other"}
    message.message_id = "größe"
    stored = @transport.get(message.stream, @transport.publish(message).sequence)
    assert_equal ["Zoë", "größe"], stored.headers.values_at("x-name", "nats-msg-id")
    refute stored.headers.key?("nats-expected-stream")
    assert @transport.publish(message).duplicate
  end

  def test_what_follows_an_answer_and_fails_ends_neither_the_connection_nor_the_next
    acks = Thread::Queue.new
    _, said = capture_io do
      @transport.publish_later(@preparer.prepare(confirmed("a", 1)).to_message) { raise "no" }
      @transport.publish_later(@preparer.prepare(confirmed("a", 2)).to_message) { |ack, _| acks << ack.sequence }
      assert_equal 2, acks.pop
    end
    assert_match(/what was to follow a message failed: .*no \(RuntimeError\)/, said)
    assert @transport.connected?
  end

  def test_says_what_is_wrong_with_a_message_before_it_is_sent
    message = @preparer.prepare(confirmed("a", 1)).to_message
    assert_code(:invalid_argument) { @transport.publish(message.dup.tap { |it| it.headers = {"a" => "x\r\ny: z"} }) }
    assert_code(:too_large) { @transport.publish(message.dup.tap { |it| it.body = "x" * 1_048_577 }) }
    assert_code(:invalid_argument) { @transport.publish(message.dup.tap { |it| it.subject = "a.*" }) }
    assert_code(:not_found) { @transport.publish(message.dup.tap { |it| it.stream = it.subject = "nothing" }) }
    assert_equal 0, @transport.stream_state("#{@namespace}-evt-orders").last_sequence
  end

  def test_provisions_once_and_never_shrinks
    contract = Concord::Contract.event(Orders::OrderConfirmed)
    spec = Concord::StreamSpecs.of_contract(contract, @namespace)
    assert_empty @transport.provision([spec]).changes
    smaller = @transport.provision([spec.dup.tap { |it| it.retention_ms = 1_000_000 }])
    assert_equal [0, 1], [smaller.changes.size, smaller.warnings.size]
    larger = @transport.provision([spec.dup.tap { |it| it.retention_ms *= 2 }])
    assert_equal [1, 0], [larger.changes.size, larger.warnings.size]
    assert_code(:stream_conflict) { @transport.provision([spec.dup.tap { |it| it.partitions = 9 }]) }
    assert_code(:stream_conflict) { @transport.provision([spec.dup.tap { |it| it.name = "#{@namespace}-other" }]) }
  end

  def test_reads_a_stream_in_order_from_a_position
    8.times { |n| @publisher.publish(confirmed("k", n)) }
    read = []
    cancellation = Concord::Cancellation.new
    @transport.read(stream: "#{@namespace}-evt-orders", filter: "#{@namespace}.evt.orders.>", after: 3, cancellation:,
      max_batch: 2) do |messages|
      read.concat(messages.map(&:sequence))
      cancellation.cancel if read.size == 5
    end
    assert_equal [4, 5, 6, 7, 8], read
  end

  def test_handles_the_events_of_a_key_in_order_also_when_one_fails
    consume { |event| raise "no" if event.data.payment_id == "p2" && event.attempt < 3 }
    (1..5).each { |n| @publisher.publish(confirmed("k", n)) }
    assert_equal %w[p1/1 p2/1 p2/2 p2/3 p3/1 p4/1 p5/1], take(7)
  end

  def test_a_terminal_error_makes_a_dead_letter_that_can_be_redriven
    consume { |event| raise Concord::TerminalError, "never" if event.redrives.zero? }
    id = @publisher.publish(confirmed("k", 1))
    assert_equal %w[p1/1], take(1)
    letters = Concord::DeadLetters.new(@transport, "orders", namespace: @namespace)
    wait_until { letters.any? }
    letter, message = letters.first
    assert_equal ["terminal", :terminal, 1, "orders", 1], [letter.reason, letter.error, letter.attempts, letter.consumer,
      letter.original_sequence]
    assert_equal id, Concord::Envelope.decode(message.body).id
    assert_equal 1, letters.redrive
    assert_equal %w[p1/1], take(1)
    wait_until { @transport.stream_state("#{@namespace}-dlq-orders").messages.zero? }
  end

  def test_retry_later_waits_and_counts_no_attempt
    consume { |event| raise Concord::RetryLaterError.new(delay_ms: 100) if @seen.size < 2 }
    @publisher.publish(confirmed("k", 1))
    assert_equal %w[p1/1 p1/1], take(2)
  end

  def test_bytes_that_are_no_event_become_a_dead_letter_unread
    consume { flunk }
    message = @preparer.prepare(confirmed("k", 1)).to_message
    @transport.publish(message.dup.tap { |it| it.body = "\xff\xff" })
    letters = Concord::DeadLetters.new(@transport, "orders", namespace: @namespace)
    wait_until { letters.any? }
    assert_equal ["undecodable", :undecodable, 0], letters.first[0].then { |it| [it.reason, it.error, it.attempts] }
  end

  def test_replicas_share_the_work_and_what_one_gives_up_another_takes
    2.times { consume { sleep 0.01 } }
    20.times { |n| @publisher.publish(confirmed("k#{n}", n)) }
    @consumers.shift.drain
    # Acknowledged delivery is at least once: one that is given up in mid-flow may come twice.
    seen = take(20).uniq
    seen |= take(1) while seen.size < 20
    assert_equal 20, seen.size
  end

  def test_what_cannot_be_interrupted_is_left_behind_unacknowledged_and_comes_again
    entered, release = Queue.new, Queue.new
    consume do
      entered << true
      Thread.handle_interrupt(Object => :never) { release.pop }
    end
    @publisher.publish(confirmed("k", 1))
    entered.pop
    started = @clock.monotonic_ms
    refute @consumers.shift.drain(timeout_ms: 50)
    assert_operator @clock.monotonic_ms - started, :<, 5_000
    consume {}
    assert_equal %w[p1/2], take(1)
  ensure
    release << true
  end

  def test_what_a_handler_publishes_names_its_cause_and_stays_in_its_trace
    traceparent = "00-#{"a" * 32}-#{"b" * 16}-01"
    consume { |event, tx| tx.publish(confirmed("k", 2)) if event.data.payment_id == "p1" }
    first = Concord::TraceContext.with(Concord::TraceContext.parse(traceparent)) { @publisher.publish(confirmed("k", 1)) }
    take(2)
    caused = Concord::Envelope.decode(@transport.get("#{@namespace}-evt-orders", 2).body)
    assert_equal [first, first], [caused.causation_id, caused.correlation_id]
    assert_equal "a" * 32, Concord::TraceContext.parse(caused.traceparent).trace_id
  end

  private

  def confirmed(order_id, number)
    Orders::OrderConfirmed.new(order_id:, payment_id: "p#{number}")
  end

  def consume(&handler)
    router = Concord::Consumer::Router.new.on(Orders::OrderConfirmed) do |event, tx|
      handler.call(event, tx)
    ensure
      @seen << "#{event.data.payment_id}/#{event.attempt}"
    end
    handling = Concord::Handling.new(router:, clock: @clock)
    consumer = Concord::AcknowledgingConsumer.new(service: "orders", namespace: @namespace, transport: @transport, router:,
      publisher: @publisher, handle: handling.method(:call), retry: {initial_ms: 20, max_ms: 40}, ack_wait_ms: 2_000)
    (@consumers ||= []) << consumer.tap(&:start)
  end

  def take(count)
    Array.new(count) { Timeout.timeout(10) { @seen.pop } }
  end

  def wait_until
    deadline = @clock.monotonic_ms + 10_000
    sleep 0.02 until yield || @clock.monotonic_ms > deadline
  end
end
