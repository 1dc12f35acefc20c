# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"
require_relative "../support/counting"

Databases.each_kind("LogConsumerSuspect") do
  include Counting

  def test_an_event_that_kills_its_process_is_a_dead_letter_in_the_end
    start_relay
    publish(["a", 1], ["b", 2])
    # The process died in the middle of it, again and again: a session is open, and nothing was settled.
    partition = Concord::Subject.parse(transport.stored["evt-counted"].first.subject).partition
    ref = Concord::Store::PartitionRef.new("counter", "evt-counted", partition)
    stores.cursor.open(ref)
    3.times { stores.attempts.begin(ref, 1) }
    counting = replica(max_deliveries: 4)
    eventually { dead_letters.any? && effects == [["b", 2]] }
    assert_equal ["exhausted", 4], [dead_letters.first.reason, dead_letters.first.attempts]
    assert_equal [["b", 2, 1]], runs_of(counting)
  end

  # A start over a crash, ended in order with ["a", 2] begun and waiting for its next attempt.
  def end_before_the_suspects_are_settled(&before_the_end)
    publish(["a", 1], ["a", 2])
    partition = Concord::Subject.parse(transport.stored["evt-counted"].first.subject).partition
    ref = Concord::Store::PartitionRef.new("counter", "evt-counted", partition)
    stores.cursor.open(ref)
    one = replica { |event, _| raise Concord::RetryLaterError.new(delay_ms: 900) if event.data.n == 2 }
    eventually { runs_of(one).any? { |_, n, _| n == 2 } }
    before_the_end&.call(one)
    one.consumer.drain
    ref
  end

  def open_sessions = database.first("SELECT count(*) AS count FROM concord_cursor WHERE session_open")[:count]

  def counted_runs = database.db[:concord_attempt].where { runs > 0 }.select_map(%i[sequence runs])

  # Closed as clean, its cursor would let the event that killed the process run uncounted: at every second start, for ever.
  def test_an_end_before_all_suspects_are_settled_leaves_them_suspect
    end_before_the_suspects_are_settled
    assert_equal 1, open_sessions
    counts = Queue.new
    replica { counts << database.db[:concord_attempt].select_map(%i[sequence runs]) }
    eventually { effects.size == 2 }
    assert_equal [[2, 1]], counts.pop
  end

  def test_a_lost_connection_leaves_suspects_suspect
    end_before_the_suspects_are_settled do |one|
      transport.break_reading
      eventually { runs_of(one).count { |_, n, _| n == 2 } == 2 }
    end
    assert_equal 1, open_sessions
  end

  def test_a_parked_event_that_is_due_stays_suspect
    publish(["a", 1])
    parking = replica(inbox: {park_above_ms: 0}) { raise Concord::RetryLaterError.new(delay_ms: 60_000) }
    eventually { database.first("SELECT count(*) AS count FROM concord_parked")[:count] == 1 }
    parking.consumer.drain
    partition = database.db[:concord_parked].get(:partition)
    stores.cursor.open(Concord::Store::PartitionRef.new("counter", "evt-counted", partition))
    looking = replica
    eventually { looking.consumer.status[:streams].first[:unread].zero? }
    database.query("UPDATE concord_parked SET due_at_ms = 0")
    looking.consumer.drain
    assert_equal [1, []], [open_sessions, effects]
  end

  def test_runs_that_ended_without_a_death_are_not_counted
    end_before_the_suspects_are_settled
    assert_empty counted_runs
    3.times do
      one = replica { raise Concord::RetryLaterError.new(delay_ms: 900) }
      eventually { runs_of(one).any? }
      one.consumer.drain
    end
    assert_empty counted_runs
  end

  def test_an_end_with_all_suspects_settled_is_clean
    partitions = [["a", 1], ["b", 2]].map do |event|
      Concord::Subject.parse(publish(event).first.subject).partition
    end
    refs = partitions.map { |partition| Concord::Store::PartitionRef.new("counter", "evt-counted", partition) }
    refs.each { |ref| stores.cursor.open(ref) }
    one = replica
    eventually { effects.size == 2 }
    one.consumer.drain
    assert_equal 0, open_sessions
  end
end
