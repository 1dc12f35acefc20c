# frozen_string_literal: true

require_relative "../acknowledging_consumer"
require_relative "../consumer/log_consumer"
require_relative "../consumer/router"
require_relative "../event_preparer"
require_relative "../handling"
require_relative "../ids"
require_relative "../inbox"
require_relative "../outbox"
require_relative "../publisher"
require_relative "../relay"
require_relative "config_lint"
require_relative "contracts"
require_relative "storage"

module Concord
  class Service
    # What a running service is put together from.
    class Parts
      attr_reader :definition, :config, :contracts, :storage, :router, :clock, :random, :log, :probe

      # @param definition [Service]
      # @param config [Config]
      # @raise [Error] `invalid_contract`, `migration`, `unavailable`
      def initialize(definition, config, clock:, random:, log:, probe:)
        @definition = definition
        @config = config
        @clock = clock
        @random = random
        @log = log
        @probe = probe
        @router = definition.handlers.each_with_object(Consumer::Router.new) do |(type, handler), router|
          router.on(type, &handler)
        end
        @contracts = Contracts.new(name, handled: router.contracts, types: definition.contract_types)
        ConfigLint.new(config, handled: contracts.handled, stateless: definition.stateless?).check(log)
        @ids = Ids.new(clock:, random:)
        @storage = Storage.new(definition.database, config, folder: definition.migrations, log:) unless definition.stateless?
      end

      # @return [String]
      def name = definition.name

      # @return [Engine] set once it is made; it knows the broker
      attr_accessor :engine

      # @return [EventPreparer]
      def preparer
        @preparer ||= EventPreparer.new(service: name, source: contracts.source, namespace: config.namespace,
          sends: contracts.service&.sends, clock:, ids: @ids, validate: definition.validate,
          max_payload_bytes: -> { engine.max_payload_bytes })
      end

      # @return [Outbox]
      def outbox
        @outbox ||= Outbox.new(stores: storage.stores, preparer:, wake: ->(partitions) { engine.wake(partitions) }, probe:)
      end

      # Runs writes and publications in one transaction.
      # @yieldparam tx [Outbox::Scope]
      # @return what the block returns
      def transact
        raise Error.new(:outside_transaction, "#{name} is stateless: it has no database for a transaction") unless storage

        storage.database.transaction do
          scope = outbox.scope(buffer: true)
          result = yield scope
          scope.flush
          result
        ensure
          scope&.close
        end
      end

      # Claims an operation of the service's own in the transaction that is open.
      # @return [Boolean] false when it has had its effect
      def claim_operation(type, key)
        storage.stores.inbox.claim_operation(consumer: name, source: contracts.source, type:, idempotency_key: key,
          event_id: @ids.next)
      end

      # @return [Relay]
      def new_relay(transport)
        Relay.new(store: storage.stores.outbox, transport:, share:, clock:, random:, log:, probe:)
      end

      # @return [Consumer::LogConsumer, AcknowledgingConsumer]
      def new_consumer(transport)
        handling = Handling.new(router:, clock:, random:, log:, validate: definition.validate)
        handle = handling.method(:call)
        return new_acknowledging_consumer(transport, handle) unless storage

        longest = [30_000, *contracts.handled.map { |contract| contract.retry_policy.handler_timeout_ms }].max
        inbox = Inbox.new(service: name, namespace: config.namespace, stores: storage.stores, outbox:, router:,
          park_above_ms: config.park_after_ms, handler_timeout_ms: longest, random:, log:, probe:)
        Consumer::LogConsumer.new(inbox:, transport:, share:, handle:, concurrency: config.concurrency, clock:, random:,
          log:, probe:)
      end

      private

      def new_acknowledging_consumer(transport, handle)
        publisher = Publisher.new(transport:, preparer:, clock:, random:)
        AcknowledgingConsumer.new(service: name, namespace: config.namespace, transport:, router:, publisher:, handle:,
          order: definition.order, concurrency: config.concurrency, clock:, random:, log:)
      end

      def share
        @share ||= storage.share(config, owner: @ids.next, clock:, log:, probe:)
      end
    end
  end
end
