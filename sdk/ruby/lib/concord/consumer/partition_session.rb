# frozen_string_literal: true

require_relative "finished_prefix"
require_relative "outcome"
require_relative "suspects"

module Concord
  module Consumer
    # Work on one partition, from a position on: gapless, in order per key, keys side by side (trap T14). A key that waits
    # for its next attempt holds no thread. Safe in many threads.
    class PartitionSession
      # Messages beyond the position, finished ones included, at which a partition reads no further.
      MAX_AHEAD = 4_096
      # Part of the buffer that one key may hold; beyond it the key moves to the database.
      KEY_SHARE = 0.25
      private_constant :MAX_AHEAD, :KEY_SHARE

      # A message that is to be settled; `subject` is what its subject says. `suspect`: an earlier session may have died of it. `alone`: it has no end yet, so
      # it runs while nothing else does. `event` is what was read of it, `counted` whether its run was counted.
      Item = Struct.new(:message, :subject, :entry, :suspect, :alone, :event, :counted)
      # The items of one key. From `spilling` on until it is empty, they go to the database. `timer` ends its wait.
      Lane = Struct.new(:key, :items, :attempt, :spilling, :timer, :delay_ms)
      private_constant :Lane

      # @return [Store::PartitionRef]
      attr_reader :ref
      # @return [Integer] the last message that was taken; reading goes on behind it
      attr_reader :last_read

      # @param start [SessionStart]
      # @param settler [#settle, #spill, #settled?]
      # @param on_outcome [#call] told of each settled message
      # @param on_fault [#call] told of an error that is no outcome; its message stays unsettled
      def initialize(ref:, start:, settler:, executor:, buffer:, writer:, on_outcome:, on_fault:)
        @ref = ref
        @start = start
        @settler = settler
        @executor = executor
        @buffer = buffer
        @writer = writer
        @on_outcome = on_outcome
        @on_fault = on_fault
        @prefix = FinishedPrefix.new(start.position)
        @last_read = start.position.sequence
        @suspects = Suspects.new(start.suspect_until, Suspects.window(MAX_AHEAD))
        @idle_since_ms = 0
        @max_per_key = buffer.max_messages * KEY_SHARE
        @lock = Mutex.new
        @idle = ConditionVariable.new
        @unfinished = {}.compare_by_identity
        @lanes = {}
        @running = 0
      end

      # @return [Integer] messages taken and not settled
      def unfinished = @unfinished.size

      # Whether it must not take more until it has caught up. Asked with the buffer's lock held, so it takes none.
      def full? = @prefix.ahead >= MAX_AHEAD

      # @return [Store::Cursor] the position now
      def cursor
        @lock.synchronize do
          at = @prefix.position
          Store::Cursor.new(sequence: at.sequence, event_id: at.event_id, stream_created_at_ms: @start.stream_created_at_ms,
            event_time_ms: [at.event_time_ms, @idle_since_ms].max)
        end
      end

      # Whether an earlier session may have died of a message that this one has not settled.
      # @param read_to [Integer] up to here nothing is unread
      def suspects_left?(read_to: @last_read) = @lock.synchronize { @suspects.left?(read_to) }

      # Takes a message, in the order of the stream; one that was taken before is passed over.
      # @param place [Place]
      def take(message, place)
        @lock.synchronize do
          next if message.sequence <= @last_read || @stopped

          @last_read = message.sequence
          @idle_since_ms = 0
          entry = @prefix.read(message)
          next finish(entry) unless place.handled

          item = Item.new(message, place.subject, entry, @suspects.take(message.sequence), false)
          @unfinished[item] = true
          @buffer.add(message.body.bytesize)
          push(place.lane, item)
        end
      end

      # Says that there is nothing for this partition up to a message, or a place, that is none of its own.
      # @param what [StoredMessage, MessageIdentity]
      def pass(what)
        @lock.synchronize do
          next if @stopped || @unfinished.any? || what.sequence <= @last_read

          @last_read = what.sequence
          finish(@prefix.read(what))
        end
      end

      # Says that whatever is unread was stored after this time, in milliseconds since the epoch.
      def touch(time_ms)
        @lock.synchronize do
          next if @stopped || @unfinished.any? || time_ms <= @idle_since_ms

          @idle_since_ms = time_ms
          @writer.mark(self)
        end
      end

      # Starts nothing any more; returns at once.
      def halt = @lock.synchronize { end_lanes }

      # Starts nothing any more. Returns when nothing runs, or when what runs is given up: it is void then, and moves no
      # position.
      # @param given_up [Cancellation]
      # @return [Boolean] whether nothing runs
      def stop(given_up)
        waking = given_up.on_cancel { @lock.synchronize { @idle.broadcast } }
        @lock.synchronize do
          end_lanes
          @idle.wait(@lock) while @running.positive? && !given_up.canceled?
          @unfinished.keys.each { |item| leave(item) }
          @void = @running.positive?
          !@void
        end
      ensure
        given_up.off(waking)
      end

      # Stops and is void at once: what still ends moves no position.
      def abandon
        @lock.synchronize do
          @void = true
          end_lanes
          @writer.forget(self)
          @unfinished.keys.each { |item| leave(item) }
        end
      end

      private

      def push(key, item)
        lane = key && @lanes[key]
        return enqueue(lane, item) if lane

        lane = Lane.new(key, [item], 1, false, nil, 0)
        @lanes[key] = lane if key
        schedule(lane)
      end

      def enqueue(lane, item)
        lane.items << item
        return if lane.items.size <= @max_per_key

        lane.spilling = true
        left_ms = lane.timer && @executor.cancel(lane.timer) or return
        lane.timer = nil
        lane.delay_ms = left_ms
        schedule(lane)
      end

      def end_lanes
        @stopped = true
        @lanes.each_value { |lane| @executor.cancel(lane.timer) if lane.timer }
        @lanes.clear
      end

      def schedule(lane)
        @executor.submit(alone: lane.items.first.alone) { work(lane) } unless @stopped
      end

      # Runs on a thread of the executor; nobody else has the lane meanwhile.
      def work(lane)
        item = @lock.synchronize do
          return if @stopped

          @running += 1
          lane.timer = nil
          lane.items.first
        end
        outcome = attempt(lane, item)
        @lock.synchronize do
          outcome.retry? ? wait(lane, outcome) : settled(lane, item)
          end_run
        end
        @on_outcome.call(outcome) unless outcome.retry? || @void
      rescue => error
        @lock.synchronize { end_run } unless outcome
        @on_fault.call(error) unless @void
      end

      def end_run
        @running -= 1
        @idle.broadcast if @running.zero?
      end

      def attempt(lane, item)
        return @settler.spill(item, attempts: lane.attempt - 1, delay_ms: lane.delay_ms) if lane.spilling
        return ask(item) if item.suspect && !item.alone

        @settler.settle(item, attempt: lane.attempt)
      end

      # Most suspects were settled before the session died; asking costs less than running each alone.
      def ask(item)
        return DUPLICATE if @settler.settled?(item)

        item.alone = true
        Outcome.retry(0, counted: false)
      end

      def wait(lane, outcome)
        lane.attempt += 1 if outcome.counted
        lane.delay_ms = 0
        return if @stopped
        return schedule(lane) if outcome.delay_ms <= 0 || lane.spilling

        lane.timer = @executor.submit_later(outcome.delay_ms, alone: lane.items.first.alone) { work(lane) }
      end

      def settled(lane, item)
        lane.items.shift
        lane.attempt = 1
        leave(item)
        return if @void

        @suspects.settled if item.suspect
        finish(item.entry)
        return schedule(lane) if lane.items.any?

        @lanes.delete(lane.key) if lane.key && @lanes[lane.key].equal?(lane)
      end

      def leave(item) = @unfinished.delete(item) && @buffer.remove(item.message.body.bytesize)

      def finish(entry) = @prefix.finish(entry) && @writer.mark(self)
    end
  end
end
