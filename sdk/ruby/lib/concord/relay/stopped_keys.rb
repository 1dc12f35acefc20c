# frozen_string_literal: true

module Concord
  class Relay
    # The keys of one partition that wait because a row of theirs could not be sent. A row without a key waits alone. In
    # memory alone: another session finds out again.
    class StoppedKeys
      def initialize(clock)
        @clock = clock
        @keyed = {}
        @keyless = {}
      end

      # @return [Integer] keys and keyless rows that wait
      def size = @keyed.size + @keyless.size

      # @return [Integer] keyless rows that wait
      def keyless_rows = @keyless.size

      # The keys that wait now, to be left out of the next read. Those whose time has come are let go.
      # @return [Array<String>]
      def current
        release
        @keyed.keys
      end

      # Stops the key of a row.
      def stop(row, delay_ms)
        until_ms = @clock.monotonic_ms + delay_ms
        row.key ? @keyed[row.key] = until_ms : @keyless[row.id] = until_ms
      end

      def include?(row) = row.key ? @keyed.key?(row.key) : @keyless.key?(row.id)

      # Milliseconds until the first key may go on; nil when none waits. 0 is told once: the row may be gone, sent by
      # another relay or dropped by an operator, and then nobody reads for it again.
      def next_in_ms
        until_ms = (@keyed.values + @keyless.values).min or return
        release
        [0, until_ms - @clock.monotonic_ms].max
      end

      private

      def release
        now = @clock.monotonic_ms
        [@keyed, @keyless].each { |waiting| waiting.delete_if { |_, until_ms| until_ms <= now } }
      end
    end
  end
end
