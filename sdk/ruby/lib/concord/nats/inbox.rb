# frozen_string_literal: true

module Concord
  module Nats
    # A message as it came. `head` is the header block, unread.
    Received = Struct.new(:subject, :reply, :body, :head)

    # A subscription that one thread reads.
    class Inbox
      # @return [String]
      attr_reader :subject

      # @param client [Client]
      def initialize(client)
        @client = client
        @lock = Mutex.new
        @changed = ConditionVariable.new
        @coming = []
        @taken = []
        @waiting = false
        @subject = client.new_inbox
        @subscription = client.listen(@subject) { |*message| add(Received.new(*message)) }
      end

      # @param timeout_ms [Numeric] how long to wait
      # @return [Received, nil]
      def pop(timeout_ms)
        take(timeout_ms) if @taken.empty?
        @taken.shift
      end

      # Wakes whoever waits in {#pop}.
      def wake = @lock.synchronize { @changed.signal }

      # Ends the subscription.
      def close = @client.stop_listening(@subscription)

      private

      def add(message)
        @lock.synchronize do
          @coming << message
          @changed.signal if @waiting
        end
      end

      # All there is at once: the thread that reads the connection wants the lock too.
      def take(timeout_ms)
        @lock.synchronize do
          if @coming.empty? && timeout_ms.positive?
            @waiting = true
            @changed.wait(@lock, timeout_ms / 1000.0)
            @waiting = false
          end
          @taken, @coming = @coming, @taken
        end
      end
    end
  end
end
