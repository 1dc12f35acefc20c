# frozen_string_literal: true

module Concord
  class AcknowledgingConsumer
    # Keeps a delivery ours, while it is buffered and while it runs.
    class KeepAlive
      # Two extensions may get lost.
      SHARE = 3
      private_constant :SHARE

      # @param delivery [Nats::Delivery]
      # @param ack_wait_ms [Integer]
      # @param timer [Timer]
      def initialize(delivery, ack_wait_ms, timer)
        @delivery = delivery
        @ack_wait_ms = ack_wait_ms
        @timer = timer
        @lock = Mutex.new
        schedule
      end

      # Tells whether the broker may have given the delivery to another meanwhile, as after a frozen process (trap T10).
      def stale? = @delivery.stale?(@ack_wait_ms)

      # Extends no longer.
      def end
        @lock.synchronize { @ended = true }
        @timer.cancel(@entry)
      end

      private

      def schedule
        @lock.synchronize { @entry = @timer.after(@ack_wait_ms / SHARE) { extend_again } unless @ended }
      end

      def extend_again
        return if stale?

        @delivery.extend
        schedule
      end
    end
  end
end
