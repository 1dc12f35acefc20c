# frozen_string_literal: true

module Concord
  # Calls blocks later, on one thread of its own for all of them. Blocks must be brief and must not raise.
  class Timer
    Entry = Struct.new(:at_ms, :block)
    private_constant :Entry

    # @param clock [#monotonic_ms]
    def initialize(clock)
      @clock = clock
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @entries = []
    end

    # Calls the block after so many milliseconds, unless it is canceled before.
    # @return [Object] for {#cancel}
    def after(delay_ms, &block)
      entry = Entry.new(@clock.monotonic_ms + delay_ms, block)
      @lock.synchronize do
        @thread ||= Thread.new { run }
        at = @entries.bsearch_index { |other| other.at_ms > entry.at_ms } || @entries.size
        @entries.insert(at, entry)
        @changed.signal if at.zero?
      end
      entry
    end

    # Forgets a call; nothing happens when it was made.
    def cancel(entry)
      @lock.synchronize { @entries.delete_if { |other| other.equal?(entry) } }
    end

    # Ends the thread; calls that were not made never are.
    def close
      @lock.synchronize do
        @closed = true
        @changed.signal
      end
      @thread&.join
    end

    private

    def run
      while (entry = next_entry)
        entry.block.call
      end
    end

    def next_entry
      @lock.synchronize do
        until @closed
          left_ms = @entries.first && (@entries.first.at_ms - @clock.monotonic_ms)
          return @entries.shift if left_ms && left_ms <= 0

          @changed.wait(@lock, left_ms && (left_ms / 1000.0))
        end
      end
    end
  end
end
