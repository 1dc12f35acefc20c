# frozen_string_literal: true

module Concord
  # The machine's clock. Injected everywhere, so that tests decide what time it is: anything with these three methods
  # serves.
  class Clock
    # @return [Integer] milliseconds since the Unix epoch
    def now_ms
      Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond)
    end

    # @return [Float] milliseconds of a clock that never goes back; only differences mean something
    def monotonic_ms
      Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
    end

    # Waits until the time is over or the cancellation comes.
    # @param delay_ms [Numeric]
    # @param cancellation [Cancellation, nil]
    # @return [Boolean] false when it was canceled before
    def sleep(delay_ms, cancellation = nil)
      return !cancellation.wait(delay_ms) if cancellation

      Kernel.sleep(delay_ms / 1000.0)
      true
    end
  end
end
