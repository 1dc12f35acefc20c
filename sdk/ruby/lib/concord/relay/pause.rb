# frozen_string_literal: true

require_relative "../backoff"

module Concord
  class Relay
    # Bounds of a wait that grows with each failure in a row, in milliseconds.
    PausePolicy = Struct.new(:initial_ms, :max_ms)

    # How long something that failed is left alone: the broker, a stream that is full or missing, the database. Its waits
    # double with each failure in a row and are spread by jitter (trap T16).
    class Pause
      def initialize(clock:, random:, policy:)
        @clock = clock
        @random = random
        @policy = policy
        @lock = Mutex.new
        @failures = 0
        @until_ms = 0
      end

      # @return [Numeric] milliseconds until it may be tried again; 0 when it may be now
      def remaining_ms = @failures.zero? ? 0 : [0, @until_ms - @clock.monotonic_ms].max

      # Begins a pause.
      # @return [Integer, nil] its length; nil while one is on, because failures of one outage come in crowds
      def begin
        @lock.synchronize do
          return if remaining_ms.positive?

          @failures += 1
          delay_ms = Backoff.delay_ms(@policy, @failures, @random.rand)
          @until_ms = @clock.monotonic_ms + delay_ms
          delay_ms
        end
      end

      # Says it works, so that the next pause is short again.
      # @return [Boolean] whether there was trouble before
      def end
        return false if @failures.zero?

        @lock.synchronize { @failures = 0 }
        true
      end
    end
  end
end
