# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"
require_relative "../support/counting"

Databases.each_kind("LogConsumer") do
  include Counting

  def test_every_event_has_its_effect_once_and_per_key_in_order
    publish(*Array.new(60) { |n| ["k#{n % 7}", n] })
    replica
    eventually { effects.size == 60 }
    effects.group_by(&:first).each_value { |rows| assert_equal rows.map(&:last).sort, rows.map(&:last) }
    eventually { stores.cursor.list("counter").values.sum { |cursor| cursor.sequence.positive? ? 1 : 0 } == 8 }
  end

  def test_the_next_session_goes_on_behind_the_stored_position
    publish(["a", 1], ["b", 2])
    first = replica
    eventually { effects.size == 2 }
    first.consumer.drain
    refute database.first("SELECT count(*) AS count FROM concord_cursor WHERE session_open")[:count].positive?
    publish(["a", 3])
    second = replica
    eventually { effects.size == 3 }
    assert_equal [["a", 3, 1]], runs_of(second)
  end

  def test_the_same_event_twice_in_the_stream_has_one_effect
    prepared = publish(["a", 1]).first
    transport.store(prepared.to_message.tap { |message| message.message_id = "another" })
    publish(["a", 2])
    replica
    eventually { effects.size == 2 }
    assert_equal [["a", 1], ["a", 2]], effects
  end

  def test_an_event_that_fails_is_repeated_and_its_key_waits
    failures = 0
    publish(["a", 1], ["a", 2], ["b", 1])
    counting = replica { |event, _| raise "not yet" if event.key == "a" && event.data.n == 1 && (failures += 1) < 3 }
    eventually { effects.size == 3 }
    assert_equal [1, 2], effects_of("a")
    assert_equal [["a", 1, 1], ["a", 1, 2], ["a", 1, 3], ["a", 2, 1]], runs_of(counting).select { |key, _, _| key == "a" }
  end

  def test_a_failed_run_leaves_nothing_not_even_what_it_published
    failed = false
    publish(["a", 1])
    replica do |_, tx|
      tx.publish(Counting::Proto::NotedEvent.new(key: "n", n: 1))
      next if failed

      failed = true
      raise "once"
    end
    eventually { effects.any? }
    assert_equal 1, stores.outbox.status[:waiting]
    event = Concord::Envelope.decode(stores.outbox.read(Concord::Partition.of("n", 16), 1).first.body)
    cause = Concord::Envelope.decode(transport.stored["evt-counted"].first.body)
    assert_equal [cause.id, cause.correlation_id], [event.causation_id, event.correlation_id]
  end

  def test_a_terminal_error_makes_a_dead_letter_at_once_and_frees_the_key
    start_relay
    original = publish(["a", 1], ["a", 2]).first
    replica { |event, _| raise Concord::TerminalError, "never" if event.data.n == 1 }
    eventually { dead_letters.any? && effects.any? }
    letter = dead_letters.first
    assert_equal ["terminal", :terminal, 1, "counter", "evt-counted", 1],
      [letter.reason, letter.error, letter.attempts, letter.consumer, letter.original_stream, letter.original_sequence]
    assert_equal original.body, transport.stored["dlq-counter"].first.body
    assert_equal [["a", 2]], effects
    assert_equal %w[dead done], inbox_states
  end

  def test_used_up_attempts_make_a_dead_letter
    start_relay
    publish(["a", 1])
    counting = replica { raise ArgumentError }
    eventually { dead_letters.any? }
    assert_equal ["exhausted", :internal, 4], [dead_letters.first.reason, dead_letters.first.error, dead_letters.first.attempts]
    assert_equal 4, counting.runs.size
  end

  def test_a_long_wait_parks_the_event_and_its_tail_while_others_flow
    held = true
    publish(["a", 1], ["a", 2], ["b", 1])
    replica(inbox: {park_above_ms: 50}) do |event, _|
      raise Concord::RetryLaterError.new(delay_ms: 300) if event.key == "a" && event.data.n == 1 && held
    end
    eventually { database.first("SELECT count(*) AS count FROM concord_parked")[:count] == 2 }
    eventually { effects == [["b", 1]] }
    held = false
    publish(["a", 3])
    eventually { effects.size == 4 }
    assert_equal [1, 2, 3], effects_of("a")
    assert_equal 0, database.first("SELECT count(*) AS count FROM concord_parked")[:count]
    assert_equal %w[done], inbox_states.uniq
  end

  def test_a_parked_event_that_fails_for_good_is_a_dead_letter_and_its_tail_runs
    start_relay
    publish(["a", 1], ["a", 2])
    replica(inbox: {park_above_ms: 0}) { |event, _| raise "no" if event.data.n == 1 }
    eventually { dead_letters.any? && effects == [["a", 2]] }
    assert_equal ["exhausted", 4], [dead_letters.first.reason, dead_letters.first.attempts]
    assert_equal 1, dead_letters.first.original_sequence
  end

  def test_a_handler_that_never_returns_is_timed_out_and_counted
    start_relay
    publish(["a", 1], ["a", 2])
    replica(handler_timeout_ms: 60) { |event, _| sleep if event.data.n == 1 }
    eventually { dead_letters.any? && effects.any? }
    assert_equal ["exhausted", :deadline_exceeded, 4],
      [dead_letters.first.reason, dead_letters.first.error, dead_letters.first.attempts]
    assert_equal [["a", 2]], effects
  end

  def test_a_handler_that_hangs_in_the_database_is_timed_out_and_its_connection_is_usable_again
    skip "SQLite has no slow statements" unless postgres?
    start_relay
    publish(["a", 1], ["a", 2])
    replica(handler_timeout_ms: 100) { |event, tx| tx.db.fetch("SELECT pg_sleep(30)").all if event.data.n == 1 }
    eventually { dead_letters.any? && effects == [["a", 2]] }
  end

  def test_two_events_of_one_operation_have_one_effect
    publish(["a", 1], ["a", 2], type: Counting::Proto::OperatedEvent, operation: "o-1")
    publish(["a", 3], type: Counting::Proto::OperatedEvent, operation: "o-2")
    replica
    eventually { effects.size == 2 }
    assert_equal [["a", 1], ["a", 3]], effects
  end

  def test_what_cannot_be_read_is_a_dead_letter_and_what_is_not_handled_leaves_no_trace
    start_relay
    valid = publish(["a", 1]).first.to_message
    transport.store(valid.dup.tap { |broken| broken.message_id = "x" and broken.body = "\xFF".b })
    transport.store(valid.dup.tap { |broken| broken.message_id = "y" and broken.headers = {"content-type" => "text/plain"} })
    transport.store(valid.dup.tap { |moved| moved.message_id = "z" and moved.subject = moved.subject.sub(".a.", ".b.") })
    publish(["n", 1], type: Counting::Proto::NotedEvent)
    replica
    eventually { dead_letters.size == 3 }
    assert_equal [["invalid", :subject_mismatch], ["invalid", :unsupported_content_type], ["undecodable", :undecodable]],
      dead_letters.map { |letter| [letter.reason, letter.error] }.sort
    assert_equal [["a", 1]], effects
    assert_equal 4, inbox_states.size
  end

  def test_an_event_of_a_dropped_day_is_a_dead_letter
    start_relay
    database.query("INSERT INTO concord_inbox_floor (id, first_day) VALUES (1, 20250101)")
    old = preparer.prepare(Counting::Proto::CountedEvent.new(key: "a", n: 1), id: "01920000-0000-7000-8000-000000000001")
    transport.store(old.to_message)
    counting = replica
    eventually { dead_letters.any? }
    assert_equal ["too_old", 0, 0], [dead_letters.first.reason, dead_letters.first.attempts, counting.runs.size]
  end

  def test_a_drain_finishes_what_runs
    entered = Queue.new
    publish(["a", 1])
    release = Queue.new
    counting = replica { entered << true and release.pop }
    entered.pop
    draining = Thread.new { counting.consumer.drain }
    eventually { !counting.consumer.status[:started] }
    release << true
    draining.join
    assert_equal [["a", 1]], effects
    assert_equal 1, stores.cursor.list("counter").values.map(&:sequence).max
  end

  def test_what_overruns_a_drain_is_interrupted_and_handled_again_without_an_attempt_counted
    entered = Queue.new
    publish(["a", 1])
    hanging = replica { entered << true and sleep }
    entered.pop
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    hanging.consumer.drain(timeout_ms: 50)
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 3
    assert_empty effects
    again = replica
    eventually { effects.any? }
    assert_equal [["a", 1, 1]], runs_of(again)
  end

  def test_what_cannot_be_interrupted_is_left_behind_void_and_handled_again_as_after_a_crash
    entered, release = Queue.new, Queue.new
    publish(["a", 1], ["b", 1])
    hanging = replica do |event, _|
      next unless event.key == "a"

      entered << Thread.current
      Thread.handle_interrupt(Object => :never) { release.pop }
    end
    entered.pop
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    refute hanging.consumer.drain(timeout_ms: 50)
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 5
    assert log.any?(:error, /left behind/)
    release << true
    # What it had done is void, and the one writer of SQLite free again.
    database.transaction { assert_empty effects_of("a") }
    again = replica
    eventually { effects_of("a").any? }
    assert_equal [["a", 1, 1]], runs_of(again).select { |key, _, _| key == "a" }
    assert_equal [1], effects_of("a")
  end

  def test_replicas_share_the_partitions_and_take_over
    skip "a file belongs to one process" unless postgres?
    share = ->(owner, on) { Concord::Lease::LeasedShare.new(store: Concord::Stores.new(on).lease, owner:, ttl_ms: 300) }
    second = open_database(max_connections: 20)
    one = replica(share: share["one", database])
    two = replica(on: second, share: share["two", second])
    counted = ->(of) { of.consumer.status[:streams].first[:partitions].size }
    eventually { [counted[one], counted[two]] == [4, 4] }
    publish(*Array.new(40) { |n| ["k#{n % 10}", n] })
    eventually { effects.size == 40 }
    assert_operator [one.runs.size, two.runs.size].min, :>, 0
    one.consumer.drain
    eventually { counted[two] == 8 }
    publish(*Array.new(20) { |n| ["k#{n % 10}", 40 + n] })
    eventually { effects.size == 60 }
    effects.group_by(&:first).each_value { |rows| assert_equal rows.map(&:last).sort, rows.map(&:last) }
  end

  def test_a_lost_connection_is_read_again_from_the_position_without_a_gap
    replica
    30.times do |n|
      publish(["k#{n % 3}", n])
      eventually { effects.size == n + 1 } if n % 10 == 4
      transport.break_reading if n % 10 == 5
    end
    eventually { effects.size == 30 }
    effects.group_by(&:first).each_value { |rows| assert_equal rows.map(&:last).sort, rows.map(&:last) }
  end

  def test_a_stream_that_lost_its_tail_is_alarmed_and_read_again
    publish(*Array.new(10) { |n| ["a", n] })
    first = replica
    eventually { effects.size == 10 }
    first.consumer.drain
    transport.truncate("evt-counted", 5)
    publish(["a", 100], ["a", 101])
    replica(rewind_margin: 2)
    eventually { effects.size == 12 }
    assert log.any?(:error, /lost or replaced events that were read/)
  end

  def test_a_stream_whose_events_expired_unread_is_alarmed
    publish(["a", 1], ["a", 2])
    first = replica
    eventually { effects.size == 2 }
    first.consumer.drain
    publish(["a", 3], ["a", 4])
    transport.stored["evt-counted"].reject! { |message| message.sequence < 4 }
    replica
    eventually { effects.size == 3 }
    assert_equal [["a", 1], ["a", 2], ["a", 4]], effects
    assert log.any?(:error, /deleted events before they were read/)
  end

  def test_too_many_parked_events_stop_the_reading_until_they_are_fewer
    down = true
    publish(*Array.new(200) { |n| ["k#{n}", n] })
    parking = replica(max_parked: 5, inbox: {park_above_ms: 0}, buffer: {max_messages: 4}) do
      raise Concord::RetryLaterError.new(delay_ms: 400) if down
    end
    eventually { parking.consumer.status[:streams].first[:paused].any? }
    assert log.any?(:warn, /the partition is not read/)
    assert_operator database.first("SELECT count(*) AS count FROM concord_parked")[:count], :<, 200
    down = false
    eventually(20) { effects.size == 200 }
  end

  def test_a_key_that_fills_the_memory_moves_to_the_database
    release = Queue.new
    publish(*Array.new(40) { |n| ["hot", n] }, ["cold", 1])
    filled = replica(buffer: {max_messages: 16}) { |event, _| release.pop if event.key == "hot" && event.data.n.zero? }
    # Not by its status, which asks the database: SQLite's one writer is busy with the handler.
    streams = filled.consumer.instance_variable_get(:@streams)
    eventually { streams.first.unfinished == 16 }
    release << true
    eventually { effects.size == 41 }
    assert_equal [*0...40], effects_of("hot")
  end

  def test_a_database_that_goes_away_costs_no_attempt
    skip "SQLite's file does not go away" unless postgres?
    calls = 0
    publish(["a", 1])
    counting = replica do |_, tx|
      tx.db.fetch("SELECT pg_terminate_backend(pg_backend_pid())").all if (calls += 1) < 3
    end
    eventually { effects.any? }
    assert_equal [1, 1, 1], runs_of(counting).map(&:last)
  end
end
