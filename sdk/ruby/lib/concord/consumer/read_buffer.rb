# frozen_string_literal: true

module Concord
  module Consumer
    # Counts messages between reading and finishing, so that a reader stops when its handlers fall behind.
    class ReadBuffer
      # @return [Integer]
      attr_reader :messages
      # @return [Integer]
      attr_reader :max_messages

      # @param max_messages [Integer] default 1,024: enough to keep all handlers busy, little to read again after a crash
      # @param max_bytes [Integer] default 16 MiB of bodies: what one stream may cost in memory
      def initialize(max_messages: 1_024, max_bytes: 16 * 1_048_576)
        @max_messages = max_messages
        @max_bytes = max_bytes
        @messages = 0
        @bytes = 0
        @waiting = 0
        @lock = Mutex.new
        @changed = ConditionVariable.new
      end

      def full? = @messages >= @max_messages || @bytes >= @max_bytes

      def add(bytes)
        @lock.synchronize do
          @messages += 1
          @bytes += bytes
        end
      end

      def remove(bytes)
        @lock.synchronize do
          @messages -= 1
          @bytes -= bytes
          @changed.broadcast if @waiting.positive?
        end
      end

      # Returns once the condition is false; it is asked again whenever a message leaves or somebody wakes the waiting.
      def wait_while
        @lock.synchronize do
          @waiting += 1
          @changed.wait(@lock) while yield
        ensure
          @waiting -= 1
        end
      end

      def wake = @lock.synchronize { @changed.broadcast }
    end
  end
end
