# frozen_string_literal: true

require "json"
require_relative "stored"

module Concord
  module Nats
    # One delivery of a durable consumer (https://docs.nats.io/nats-concepts/jetstream/consumers#acknowledgment).
    class Delivery
      # @return [StoredMessage]
      attr_reader :message
      # @return [Integer] how often the broker has delivered the message, this time included
      attr_reader :deliveries

      # @param connection [Connection]
      # @param stream [String]
      # @param received [NATS::Msg]
      def initialize(connection, stream, received)
        facts = Stored.facts(received.reply)
        @connection = connection
        @reply = received.reply
        @message = Stored.from_delivery(stream, received, facts)
        @deliveries = facts.deliveries
        @touched_ms = connection.clock.monotonic_ms
      end

      # Says the message is done; returns when the broker knows.
      # @raise [Error] `unavailable`, `deadline_exceeded`
      def ack
        answer("+ACK")
      end

      # Gives the message back, not to be delivered before some time has passed.
      # @raise [Error] `unavailable`, `deadline_exceeded`
      def retry(delay_ms)
        answer(delay_ms.positive? ? "-NAK #{JSON.generate(delay: delay_ms.ceil * 1_000_000)}" : "-NAK")
      end

      # Says work goes on, so that the acknowledgement wait starts anew.
      def extend
        @touched_ms = @connection.clock.monotonic_ms
        tell("+WPI")
      end

      # Gives the message back at once, without waiting for the broker's word.
      def give_back
        tell("-NAK")
      end

      # Tells whether the broker may have given the message to another meanwhile, as after a frozen process (trap T10).
      def stale?(ack_wait_ms)
        @connection.clock.monotonic_ms - @touched_ms > ack_wait_ms
      end

      private

      def answer(text)
        @connection.replies.request("answering the delivery of #{message}", @reply, text)
      end

      def tell(text)
        @connection.client.publish(@reply, text) if @connection.connected?
      end
    end
  end
end
