# frozen_string_literal: true

require_relative "../test_helper"
require "concord/clock"
require "concord/consumer/session_starts"
require "concord/store/base"
require "concord/transport"

class SessionStartsTest < Minitest::Test
  REF = Concord::Store::PartitionRef.new("stock", "evt-orders", 0)
  STATE = Concord::StreamState.new(name: REF.stream, first_sequence: 1, last_sequence: 3, messages: 3, partitions: 8, created_at_ms: 1)
  LATER = Concord::StreamState.new(**STATE.to_h, last_sequence: 5, messages: 5)

  # Stands for the broker, the cursors, the counts and the log.
  class World
    attr_reader :alarms

    def initialize(cursor, state)
      @cursor = cursor
      @state = state
      @alarms = []
    end

    def stream_state(_) = @state

    def get(*) = nil

    def load(_) = @cursor

    def advance(_) = nil

    def rewind(*, **) = nil

    def clear(*) = nil

    def error(message, **) = @alarms << message
  end

  def start(world, state)
    starts = Concord::Consumer::SessionStarts.new(transport: world, cursors: world, attempts: world, rewind_margin: 2,
      clock: Concord::Clock.new, log: world)
    starts.call({REF => false}, state).fetch(REF)
  end

  def cursor(sequence) = Concord::Store::Cursor.new(sequence:, event_id: "e", stream_created_at_ms: 1, event_time_ms: 1)

  def test_a_position_that_another_replica_stores_meanwhile_is_no_loss_of_the_stream_t26
    world = World.new(cursor(5), LATER)
    assert_equal 5, start(world, STATE).position.sequence
    assert_empty world.alarms
  end

  def test_a_stream_that_is_shorter_still_when_asked_again_has_lost_its_tail_t26
    world = World.new(cursor(5), STATE)
    assert_equal 1, start(world, STATE).position.sequence
    assert_equal ["the stream evt-orders lost or replaced events that were read"], world.alarms
  end
end
