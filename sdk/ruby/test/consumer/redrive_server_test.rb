# frozen_string_literal: true

require_relative "../test_helper"
require_relative "../support/databases"
require_relative "../support/counting"

Databases.each_kind("LogConsumerRedrive") do
  include Counting

  def test_a_redrive_runs_the_same_event_again_for_this_service_only
    start_relay
    fixed = false
    publish(["a", 1])
    counting = replica { raise Concord::TerminalError, "broken" unless fixed }
    other = replica(service: "reader")
    eventually { dead_letters.any? && effects("reader").any? }
    fixed = true
    request = Concord::DeadLetter.redrive(transport.stored["dlq-counter"].first)
    2.times { |n| transport.store(request.dup.tap { |again| again.message_id += n.to_s }) }
    eventually { effects == [["a", 1]] }
    eventually { transport.stored["rdr-counter"].size == 2 && stores.cursor.list("counter").any? { |ref, at| ref.stream == "rdr-counter" && at.sequence == 2 } }
    assert_equal [["a", 1]], effects
    assert_equal [1, 2], [other.runs.size, counting.runs.size]
    assert_equal %w[done done], inbox_states
  end

  def test_a_redrive_that_fails_again_is_a_new_dead_letter
    start_relay
    publish(["a", 1])
    replica { raise Concord::TerminalError, "broken" }
    eventually { dead_letters.any? }
    transport.store(Concord::DeadLetter.redrive(transport.stored["dlq-counter"].first))
    eventually { dead_letters.size == 2 }
    assert_equal [1, "evt-counted", 1], [dead_letters.last.redrives, dead_letters.last.original_stream, dead_letters.last.original_sequence]
  end

  def test_a_replay_leaves_alone_what_was_handled_or_given_up
    start_relay
    publish(["a", 1], ["b", 2])
    counting = replica { |event, _| raise Concord::TerminalError, "broken" if event.key == "b" }
    eventually { effects.any? && dead_letters.any? }
    replay("replay")
    eventually { redrives_read(2) }
    assert_equal [["a", 1]], effects
    assert_equal [2, 1, %w[dead done]], [counting.runs.size, dead_letters.size, inbox_states]
  end

  def test_a_replay_that_repeats_effects_repeats_each_once_for_its_number
    publish(["a", 1], ["a", 2])
    replica
    eventually { effects.size == 2 }
    replay("first", again: 5)
    eventually { effects.size == 4 }
    replay("first once more", again: 5)
    eventually { redrives_read(4) && waiting.zero? }
    assert_equal [1, 2, 1, 2], effects_of("a")
    replay("second", again: 6)
    eventually { effects.size == 6 }
    assert_equal [1, 2, 1, 2, 1, 2], effects_of("a")
    eventually { inbox_states == %w[done done] }
  end

  def test_what_fails_in_a_replay_that_repeats_effects_is_a_dead_letter_whose_redrive_runs_once
    start_relay
    publish(["a", 1])
    failing = false
    counting = replica { raise Concord::TerminalError, "broken" if failing }
    eventually { effects.size == 1 }
    failing = true
    replay("replay", again: 5)
    eventually { dead_letters.any? }
    assert_equal [5, "evt-counted", 1],
      [dead_letters.first.redrives, dead_letters.first.original_stream, dead_letters.first.original_sequence]
    failing = false
    request = Concord::DeadLetter.redrive(transport.stored["dlq-counter"].first)
    2.times { |n| transport.store(request.dup.tap { |again| again.message_id += n.to_s }) }
    eventually { redrives_read(3) && waiting.zero? && effects.size == 2 }
    assert_equal [2, 3, %w[done]], [effects.size, counting.runs.size, inbox_states]
  end
end
