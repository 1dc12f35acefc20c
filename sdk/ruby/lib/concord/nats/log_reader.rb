# frozen_string_literal: true

require_relative "../error"
require_relative "pull"
require_relative "stored"

module Concord
  module Nats
    # Reads a stream like a log, through a consumer of its own that keeps nothing and acknowledges nothing.
    class LogReader
      # After so long without a request the server forgets a reader whose process is gone.
      FORGET_AFTER_NS = 60_000_000_000
      # Most bytes in one request, unless one message may be larger.
      MOST_BYTES = 4 * 1024 * 1024
      private_constant :FORGET_AFTER_NS, :MOST_BYTES

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
      end

      # Yields batches of at least one message, in rising sequence, without gaps among what matches; new messages follow
      # as they come. Returning from the block is the back-pressure. Ends when canceled.
      # @param stream [String] the broker's name
      # @param filter [String] subject filter with `*` and `>`
      # @param after [Integer] reading starts behind this sequence; 0 is the start of the stream
      # @param cancellation [Cancellation]
      # @param max_batch [Integer]
      # @yieldparam messages [Array<StoredMessage>]
      # @raise [Error] `unavailable` when the connection or the order was lost: read again behind the last message;
      #   `not_found`, `permission_denied`
      def read(stream:, filter:, after:, cancellation:, max_batch: 256)
        consumer = add_consumer(stream, filter, after, cancellation)
        pull = Pull.new(@connection, stream:, consumer:)
        last = 0
        until cancellation.canceled?
          ask_ahead(pull, max_batch)
          messages = take(pull, max_batch)
          next if messages.empty?

          yield(messages.map { |message| in_order(stream, message, last += 1) })
        end
      rescue Error => error
        raise unless error.code == :canceled
      ensure
        pull&.close
        remove_consumer(stream, consumer) if consumer
      end

      private

      def add_consumer(stream, filter, after, cancellation)
        name = "concord-#{@connection.client.new_inbox.rpartition(".").last}"
        config = {name:, deliver_policy: "by_start_sequence", opt_start_seq: after + 1, ack_policy: "none",
                  filter_subject: filter, inactive_threshold: FORGET_AFTER_NS, num_replicas: 1, mem_storage: true,
                  replay_policy: "instant"}
        @connection.api("reading stream #{stream}", "CONSUMER.CREATE.#{stream}.#{name}.#{filter}",
          {stream_name: stream, config:}, cancellation:)
        name
      end

      # Keeps two batches on their way, so that the server sends one while the other is handled.
      def ask_ahead(pull, max_batch)
        room = (2 * max_batch) - pull.asked
        pull.ask(room, max_bytes: [MOST_BYTES, 2 * @connection.max_payload_bytes].max) if room >= max_batch
      end

      def take(pull, most)
        first = pull.pop or return []
        messages = [first]
        while messages.size < most && (message = pull.pop(0))
          messages << message
        end
        messages
      end

      # The consumer numbers what it delivers: a number that is not the next one is a gap.
      def in_order(stream, message, expected)
        facts = Stored.facts(message.reply)
        return Stored.from_delivery(stream, message, facts) if facts.consumer_sequence == expected

        raise Error.new(:unavailable, "messages of stream #{stream} were lost on their way; read again")
      end

      def remove_consumer(stream, consumer)
        @connection.api("ending reading", "CONSUMER.DELETE.#{stream}.#{consumer}", timeout_ms: 1_000) if
          @connection.connected?
      rescue Error
        # The server forgets it by itself.
      end
    end
  end
end
