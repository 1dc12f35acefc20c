# frozen_string_literal: true

require_relative "../error"

module Concord
  module Nats
    # A position that the broker keeps for a service without a database.
    class Durable
      NANOS = 1_000_000
      # The broker never gives up a message and never delays one by itself: the SDK counts and computes (traps T12, T13).
      UNLIMITED = -1
      # Two replicas made the same durable at once; the server's codes for the one who was late.
      EXISTS_ALREADY = [10_013, 10_148].freeze
      NOT_FOUND = 10_014
      private_constant :NANOS, :UNLIMITED, :EXISTS_ALREADY, :NOT_FOUND

      # @param connection [Connection]
      # @param stream [String]
      # @param name [String]
      # @param filter [String] a changed one replaces that of an existing durable, with a warning
      # @param max_ack_pending [Integer] messages delivered and not acknowledged, over all replicas; 1 keeps the order
      # @param ack_wait_ms [Integer]
      # @param warn [#call] told of anything an operator should know
      def initialize(connection, stream:, name:, filter:, max_ack_pending:, ack_wait_ms:, warn: ->(_sentence) {})
        @connection = connection
        @stream = stream
        @name = name
        @wanted = {"filter_subject" => filter, "max_ack_pending" => max_ack_pending,
                   "ack_wait" => ack_wait_ms * NANOS, "max_deliver" => UNLIMITED}
        @warn = warn
      end

      # Makes it at the start of its stream, or brings an existing one up to date.
      # @return [Boolean] whether it was made
      # @raise [Error] `not_found` (no such stream), `failed_precondition` (a durable of another kind),
      #   `permission_denied`, `unavailable`
      def ensure!
        existing = find
        if existing
          update(existing)
          return false
        end
        put("deliver_policy" => "all", "ack_policy" => "explicit", "replay_policy" => "instant")
        true
      rescue Error => error
        raise unless EXISTS_ALREADY.include?(error.details[:nats_error_code])

        retry
      end

      private

      def what = "consuming stream #{@stream} as #{@name}"

      def find
        @connection.api(what, "CONSUMER.INFO.#{@stream}.#{@name}")["config"]
      rescue Error => error
        raise unless error.details[:nats_error_code] == NOT_FOUND
      end

      def put(settings)
        config = {"durable_name" => @name, **settings, **@wanted}
        @connection.api(what, "CONSUMER.CREATE.#{@stream}.#{@name}.#{@wanted["filter_subject"]}",
          {stream_name: @stream, config:})
      end

      # A changed filter would silently stay as it was (trap T34).
      def update(config)
        if config["ack_policy"] != "explicit" || config["deliver_subject"]
          raise Error.new(:failed_precondition,
            "#{what} failed: that consumer was not made by Concord; delete it or rename the service")
        end
        return if @wanted.all? { |name, value| config[name] == value } && !config["backoff"] && !config["filter_subjects"]

        put(config.except("backoff", "filter_subjects", "metadata"))
        warn_of_filter(config) if config["filter_subject"] != @wanted["filter_subject"]
      end

      def warn_of_filter(config)
        before = config["filter_subjects"]&.join(", ") || config["filter_subject"] || ">"
        @warn.call("durable #{@name} of stream #{@stream}: the filter was #{before} and is " \
          "#{@wanted["filter_subject"]} now; what it lets through anew before the acknowledged position is not delivered")
      end
    end
  end
end
