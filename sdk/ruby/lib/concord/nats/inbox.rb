# frozen_string_literal: true

module Concord
  module Nats
    # A subscription that is read by whoever waits for its messages. The client's own `next_msg` raises when none comes,
    # and its callbacks go through a pool of threads.
    class Inbox
      # More than any request asks for: the client drops what does not fit.
      LIMITS = {pending_msgs_limit: 1 << 20, pending_bytes_limit: 1 << 30}.freeze
      private_constant :LIMITS

      # @return [String]
      attr_reader :subject

      # @param client [NATS::Client]
      # @param suffix [String] `.*` for an inbox with a subject for each question
      def initialize(client, suffix = "")
        @client = client
        @subject = client.new_inbox
        @subscription = client.subscribe("#{@subject}#{suffix}", LIMITS.dup)
      end

      # @param timeout_ms [Numeric] how long to wait
      # @return [NATS::Msg, nil]
      def pop(timeout_ms)
        @subscription.synchronize do
          queue = @subscription.pending_queue
          @subscription.wait_for_msgs_cond.wait(timeout_ms / 1000.0) if queue.empty? && timeout_ms.positive?
          return if queue.empty?

          message = queue.pop(true)
          @subscription.pending_size -= message.data.size
          message
        end
      end

      # Wakes whoever waits in {#pop}.
      def wake
        @subscription.synchronize { @subscription.wait_for_msgs_cond.broadcast }
      end

      # Ends the subscription.
      def close
        @subscription.unsubscribe unless @client.closed? || @subscription.closed
      rescue ::NATS::IO::ConnectionClosedError, ::NATS::IO::BadSubscription
        # It ended with the connection.
      end
    end
  end
end
