# frozen_string_literal: true

require "forwardable"
require "time"
require_relative "../concord"
require_relative "transport"
require_relative "nats/connection"
require_relative "nats/durable_reader"
require_relative "nats/log_reader"
require_relative "nats/provisioning"
require_relative "nats/publishing"
require_relative "nats/stored"

module Concord
  # The adapter of NATS JetStream: everything that the SDK needs of a broker.
  module Nats
    # @param servers [String, Array<String>] URLs such as `nats://localhost:4222`, several of one cluster
    # @param options [Hash] see {Connection#initialize}
    # @raise [Error] `unavailable`, `unauthenticated`
    # @return [Transport]
    def self.connect(servers, **options)
      Transport.new(Connection.new(servers, **options))
    end

    # One connection as the rest of the SDK sees it. Safe in many threads.
    class Transport
      extend Forwardable

      # @!method publish(message, timeout_ms: 5_000, cancellation: nil)
      #   @see Publishing#publish
      # @!method publish_later(message, timeout_ms: 5_000)
      #   @see Publishing#publish_later
      def_delegators :@publishing, :publish, :publish_later
      # @!method read(stream:, filter:, after:, cancellation:, max_batch: 256)
      #   @see LogReader#read
      def_delegators :@log_reader, :read
      # @!method consume(**request)
      #   @see DurableReader#consume
      def_delegators :@durable_reader, :consume
      # @!method provision(specs)
      #   @see Provisioning#provision
      def_delegators :@provisioning, :provision
      def_delegators :@connection, :max_payload_bytes, :connected?, :on_lost, :on_restored, :off, :close

      # @return [Connection]
      attr_reader :connection

      # @param connection [Connection]
      def initialize(connection)
        @connection = connection
        @publishing = Publishing.new(connection)
        @log_reader = LogReader.new(connection)
        @durable_reader = DurableReader.new(connection)
        @provisioning = Provisioning.new(connection)
      end

      # Tells a stream's state.
      # @param stream [String] the broker's name
      # @return [StreamState, nil] nil when there is none of that name
      def stream_state(stream)
        info = connection.api("looking up stream #{stream}", "STREAM.INFO.#{stream}")
        state = info["state"]
        StreamState.new(name: stream, first_sequence: state["first_seq"], last_sequence: state["last_seq"],
          messages: state["messages"], partitions: Provisioning.partitions(info["config"]["description"]),
          created_at_ms: (Time.parse(info["created"]).to_r * 1000).floor)
      rescue Error => error
        raise unless error.code == :not_found
      end

      # Reads one message.
      # @return [StoredMessage, nil] nil when it is gone
      def get(stream, sequence)
        answer = connection.api("reading message #{sequence} of #{stream}", "STREAM.MSG.GET.#{stream}", {seq: sequence})
        Stored.from_api(stream, answer["message"])
      rescue Error => error
        raise unless error.code == :not_found
      end

      # Reads the first message behind a sequence that a filter matches.
      # @return [StoredMessage, nil] nil when there is none
      def next_message(stream, filter, after)
        answer = connection.api("reading #{stream} behind #{after}", "STREAM.MSG.GET.#{stream}",
          {seq: after + 1, next_by_subj: filter})
        Stored.from_api(stream, answer["message"])
      rescue Error => error
        raise unless error.code == :not_found
      end

      # Deletes one message; nothing happens when it is gone.
      def remove(stream, sequence)
        connection.api("deleting message #{sequence} of #{stream}", "STREAM.MSG.DELETE.#{stream}", {seq: sequence})
      rescue Error => error
        raise unless error.code == :not_found
      end
    end
  end
end
