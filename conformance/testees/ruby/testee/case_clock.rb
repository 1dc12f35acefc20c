# frozen_string_literal: true

require "concord"

module Testee
  # A clock that shows a time of the case's choice now and goes on from there.
  class CaseClock < Concord::Clock
    # @param start_ms [Integer, nil] nil: the machine's time
    def initialize(start_ms)
      super()
      @offset_ms = start_ms ? start_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond) : 0
    end

    def now_ms = super + @offset_ms
  end
end
