# frozen_string_literal: true

require_relative "../backoff"
require_relative "../cancellation"
require_relative "../contract/retry_policy"
require_relative "../error"

module Concord
  module Consumer
    # One connection to a stream, for one partition or for several that one replica holds together. Whatever breaks is begun
    # again from the stored positions, with backoff.
    class StreamReader
      RECONNECT = Contract::RetryPolicy.new(initial_ms: 100, max_ms: 10_000).freeze
      # Trouble this long after the last is trouble of its own.
      FORGET_FAILURES_MS = 60_000
      private_constant :RECONNECT, :FORGET_FAILURES_MS

      # @return [Array<Integer>]
      attr_reader :partitions

      # @param sessions [#open, #abandon] gives the sessions of partitions, starting those that are missing; makes them void
      # @param whole [Boolean] whether the partitions are all of the stream
      def initialize(source:, partitions:, whole:, transport:, buffer:, sessions:, clock:, random:, log:)
        @source = source
        @partitions = partitions
        @whole = whole
        @filter = whole ? source.filter : source.filter_of(partitions.first)
        @transport = transport
        @buffer = buffer
        @sessions = sessions
        @clock = clock
        @random = random
        @log = log
        @stopped = Cancellation.new
        @connection = Cancellation.new(@stopped)
        @failures = 0
        @failed_at_ms = 0
      end

      # Reads until {#stop}.
      def run
        until @stopped.canceled?
          @connection = Cancellation.new(@stopped)
          begin
            read_on(@sessions.open(partitions))
          rescue => error
            recover(error)
          ensure
            @connection.release
          end
        end
      end

      # Takes nothing more.
      def stop
        @stopped.cancel(:stop)
        @buffer.wake
      end

      # Begins again from the stored positions.
      def restart(error)
        @restart_error = error
        @connection.cancel(:restart)
        @buffer.wake
      end

      # Says that something read was settled, so that the trouble is over.
      def note_progress
        @log.info("reading goes on", failures: @failures) if @failures.positive?
        @failures = 0
      end

      private

      def read_on(sessions)
        # All partitions went to others meanwhile: the plan ends this reader in a moment.
        return @clock.sleep(RECONNECT.initial_ms, @stopped) if sessions.empty?

        after = sessions.each_value.map(&:last_read).min
        @transport.read(stream: @source.stream, filter: @filter, after:, cancellation: @connection) do |batch|
          batch.each { |message| hand(message, sessions) unless @connection.canceled? }
          sessions.each_value { |session| session.pass(batch.last) } if @whole && !@connection.canceled?
        end
        return if @stopped.canceled?

        raise @restart_error || Error.new(:unavailable, "reading #{@source.stream} ended by itself")
      end

      # Waits for room first: while nothing is taken the broker keeps the rest.
      def hand(message, sessions)
        place = @source.place_of(message) or return
        session = sessions[place.partition] or return
        if @buffer.full? || session.full?
          @buffer.wait_while { !@connection.canceled? && (@buffer.full? || session.full?) }
        end
        session.take(message, place) unless @connection.canceled?
      end

      def recover(error)
        return if @stopped.canceled?

        @restart_error = nil
        @sessions.abandon(partitions)
        now = @clock.monotonic_ms
        @failures = (now - @failed_at_ms > FORGET_FAILURES_MS) ? 1 : @failures + 1
        @failed_at_ms = now
        delay_ms = Backoff.delay_ms(RECONNECT, @failures, @random.rand)
        report(error, delay_ms)
        @clock.sleep(delay_ms, @stopped)
      end

      def report(error, delay_ms)
        fields = {error: Error.wrap(error).code, cause: error.message, failures: @failures, delay_ms:}
        return @log.debug("reading failed again", **fields) if @failures > 1

        @log.warn("reading stopped; it starts again from the stored position", **fields)
      end
    end
  end
end
