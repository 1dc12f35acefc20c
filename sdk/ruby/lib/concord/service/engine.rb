# frozen_string_literal: true

require_relative "../acknowledging_consumer"
require_relative "../cancellation"
require_relative "../consumer/log_consumer"
require_relative "../error"
require_relative "../formatted_transport"
require_relative "../maintenance"
require_relative "../nats"
require_relative "../nats_pubsub"
require_relative "../relay"
require_relative "../stream_specs"
require_relative "../subject"

module Concord
  class Service
    # Connects, makes sure of the streams, relays and consumes, in the background of a service that is up already.
    class Engine
      RETRY_MS = 1_000
      # Of which a broker comes back; anything else will not mend itself.
      PASSING = %i[unavailable deadline_exceeded].freeze
      private_constant :RETRY_MS, :PASSING

      # @return [AcknowledgingConsumer, Consumer::LogConsumer, nil] nil while there is no broker
      attr_reader :consumer

      # @param parts [Parts]
      # @param on_failure [#call] told of what makes going on no use
      def initialize(parts, on_failure)
        @parts = parts
        @on_failure = on_failure
        @stop = Cancellation.new
        @trouble = "connecting"
      end

      # Begins; returns at once.
      def start
        @thread = Thread.new { begin_work }
        self
      end

      # @return [Integer] largest body plus headers that the broker takes
      def max_payload_bytes = @transport&.max_payload_bytes || EventPreparer::DEFAULT_MAX_PAYLOAD_BYTES

      # @return [#publish] the broker
      # @raise [Error] `unavailable` while there is none
      def transport = @transport || raise(Error.new(:unavailable, "there is no connection to the broker yet; try again"))

      # Says that rows were committed to the outbox.
      def wake(partitions) = @relay&.wake(partitions)

      # @return [Hash] `:healthy`, `:detail`
      def health
        healthy = @trouble.nil? && @transport&.connected? || false
        {healthy:, detail: @trouble || (healthy ? "connected" : "the connection is lost; it comes back by itself")}
      end

      # Finishes what runs within the time given, then gives everything back.
      # @return [Boolean] whether no handler was left behind
      def close(timeout_ms)
        @stop.cancel(:drain)
        @thread&.join
        ended = @consumer.nil? || @consumer.drain(timeout_ms:)
        @relay_stop&.cancel(:drain)
        [@relaying, @pruning].compact.each(&:join)
        @transport&.close
        ended
      end

      private

      def begin_work
        connect
        provision
        return if @stop.canceled?

        start_relay if @parts.storage
        @consumer = @parts.new_consumer(@transport)
        @consumer.start
        @trouble = nil
      rescue => error
        @trouble = error.message
        @on_failure.call(error)
      end

      def connect
        config = @parts.config
        transport = until_reachable do
          # Its own prefix, so that a user of NATS may be allowed the replies to this service and no others.
          Nats.connect(config.transport.split(","), name: @parts.name, credentials: config.nats_credentials,
            inbox_prefix: "_INBOX.#{@parts.name}", clock: @parts.clock)
        end
        @transport = transport && speaking(config.wire_format, transport)
      end

      def speaking(wire_format, transport)
        case wire_format
        when :envelope then transport
        when :nats_pubsub then NatsPubsub.join(transport, namespace: @parts.config.namespace, **their_system)
        else FormattedTransport.new(transport, wire_format)
        end
      end

      def their_system
        @parts.definition.nats_pubsub or
          raise Error.new(:config, "service #{@parts.name} names no topics of a NatsPubsub system; give them as nats_pubsub:")
      end

      def provision
        owner = @parts.storage&.stores&.identity&.read
        contracts = @parts.contracts
        specs = StreamSpecs.of(@parts.name, handled: contracts.handled, published: contracts.published,
          namespace: @parts.config.namespace, owner:)
        report = until_reachable { @transport.provision(specs) } or return
        report.changes.each { |change| @parts.log.info("stream provisioned", change:) }
        report.warnings.each { |warning| @parts.log.warn("stream left as it is", warning:) }
      end

      def until_reachable
        yield unless @stop.canceled?
      rescue Error => error
        raise unless PASSING.include?(error.code)

        @trouble = error.message
        @parts.log.warn("the broker is away; trying again", err: error)
        @stop.wait(RETRY_MS) ? nil : retry
      end

      def start_relay
        @relay_stop = Cancellation.new
        @relay = @parts.new_relay(@transport)
        @relaying = Thread.new { guard { @relay.run(@relay_stop) } }
        @pruning = Thread.new { keep_inbox_small }
      end

      def guard
        yield
      rescue => error
        @on_failure.call(error)
      end

      def keep_inbox_small
        contracts = @parts.contracts.handled
        streams = [*contracts.map { |contract| StreamSpecs.of_contract(contract, @parts.config.namespace).name },
          Subject.stream_name("rdr", @parts.name, namespace: @parts.config.namespace)].uniq
        Maintenance.new(inbox: @parts.storage.stores.inbox, inbox_days: @parts.config.inbox_days, consumer: @parts.name,
          streams:, retentions_ms: contracts.map { |contract| contract.stream_contract.retention_ms },
          clock: @parts.clock, log: @parts.log).run(@relay_stop)
      end
    end
  end
end
