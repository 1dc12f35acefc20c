# frozen_string_literal: true

require_relative "pause"

module Concord
  class Relay
    # What the partitions of one relay share. Safe in many threads.
    class Scope
      attr_reader :store, :transport, :clock, :random, :log, :probe, :window, :max_attempts, :retry_policy

      # @return [Pause] for the broker as a whole
      attr_reader :broker_pause

      def initialize(store:, transport:, clock:, random:, log:, probe:, window:, max_attempts:, retry_policy:)
        @store = store
        @transport = transport
        @clock = clock
        @random = random
        @log = log
        @probe = probe
        @window = window
        @max_attempts = max_attempts
        @retry_policy = retry_policy
        @lock = Mutex.new
        @counts = {published: 0, duplicates: 0, failed: 0, quarantined: 0}
        @broker_pause = new_pause
        @stream_pauses = {}
      end

      # @return [Pause] one that is not on
      def new_pause = Pause.new(clock:, random:, policy: retry_policy)

      # Adds to what the relay has done.
      def count(what, added = 1) = @lock.synchronize { @counts[what] += added }

      # @return [Hash{Symbol => Integer}]
      def counts = @lock.synchronize { @counts.dup }

      # @return [Array<String>] streams that are full or missing
      def troubled_streams = @lock.synchronize { @stream_pauses.keys }

      # @return [Numeric] milliseconds that rows to a stream must wait; 0 for one without trouble
      def stream_remaining_ms(stream)
        return 0 if @stream_pauses.empty?

        @lock.synchronize { @stream_pauses[stream] }&.remaining_ms || 0
      end

      # Says that a stream took a message.
      def note_success(stream)
        troubled = !@stream_pauses.empty? && @lock.synchronize { @stream_pauses.delete(stream) }
        log.info("the broker takes messages again", stream:) if broker_pause.end || troubled
      end

      # Leaves the broker alone for a while.
      def pause_broker(failure)
        delay_ms = broker_pause.begin
        log.warn("the broker takes no messages; the outbox keeps them", cause: failure.cause, delay_ms:) if delay_ms
      end

      # Leaves a stream alone for a while.
      # @return [Numeric] milliseconds
      def pause_stream(stream, failure)
        pause = @lock.synchronize { @stream_pauses[stream] ||= new_pause }
        delay_ms = pause.begin
        log.warn("a stream takes no messages; the outbox keeps them", stream:, cause: failure.cause, delay_ms:) if delay_ms
        pause.remaining_ms
      end
    end
  end
end
