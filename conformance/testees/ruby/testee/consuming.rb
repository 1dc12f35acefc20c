# frozen_string_literal: true

require "concord"
require "concord/acknowledging_consumer"
require "concord/consumer/log_consumer"
require "concord/consumer/router"
require "concord/maintenance"
require "concord/publisher"
require "testee/fixtures"
require "testee/script"

module Testee
  # The consumer of a session: on inbox and cursor with a database, else on acknowledgements.
  class Consuming
    # @param session [Session]
    def initialize(session)
      @session = session
    end

    # @param types [Enumerable<String>]
    # @param rules [Enumerable<Concord::Proto::Conformance::V1::Rule>]
    def subscribe(types, rules)
      drain(0)
      prune
      router = router_of(types.to_a.empty? ? [Fixtures::DEFAULT_TYPE] : types)
      @consumer = @session.storage ? log_consumer(router, rules) : acknowledging_consumer(router, rules)
      @consumer.start
    end

    # @param timeout_ms [Integer, nil]
    def drain(timeout_ms = nil)
      ended, @consumer = @consumer, nil
      timeout_ms ? ended&.drain(timeout_ms:) : ended&.drain
    end

    # @return [Hash] `:running` and `:buffered`
    def status
      status = @consumer&.status || {}
      running = status[:running].to_i
      unfinished = status[:streams]&.sum { |stream| stream[:unfinished] }
      {running:, buffered: unfinished ? [0, unfinished - running].max : status[:buffered].to_i}
    end

    # @return [Concord::Consumer::Router]
    def router_of(types)
      types.each_with_object(Concord::Consumer::Router.new) do |type, router|
        router.on(Fixtures.message(type)) { |event, tx| @run.call(event, tx) }
      end
    end

    # What runs handlers, with the script as the innermost.
    # @return [#call]
    def handling(router, rules)
      script = Script.new(rules, ->(events, tx) { events.each { |event| @session.preparing.publish(tx, event) } })
      @run = script.method(:run)
      around = lambda do |event, tx, &run|
        @session.runs.around(event) do
          insert_effect(event, tx) if @session.storage
          run.call
        end
      end
      Concord::Handling.new(router:, clock: @session.clock, random: @session.random, log: @session.log, around:)
    end

    # @return [Concord::Inbox]
    def inbox(router)
      settings = @session.settings
      options = {park_above_ms: settings.park_after_ms, handler_timeout_ms: settings.handler_timeout_ms}.compact
      WatchedInbox.new(@session.runs, service: settings.service, namespace: settings.namespace, router:,
        stores: @session.storage.stores, outbox: @session.outbox, random: @session.random, log: @session.log,
        probe: @session.points, retry_policy: method(:policy_of), **options)
    end

    private

    # Drops what the inbox need not remember, as a service does at its start and every hour; nothing, unless the case asks.
    def prune
      settings = @session.settings
      return unless @session.storage && settings.inbox_days

      streams = [["evt", "counted"], ["rdr", settings.service]].map do |tree, name|
        Concord::Subject.stream_name(tree, name, namespace: settings.namespace)
      end
      Concord::Maintenance.new(inbox: @session.storage.stores.inbox, inbox_days: settings.inbox_days, clock: @session.clock,
        consumer: settings.service, streams:, log: @session.log).prune
    end

    def acknowledging_consumer(router, rules)
      settings = @session.settings
      publisher = Concord::Publisher.new(transport: @session.transport, preparer: @session.preparing.preparer,
        clock: @session.clock, random: @session.random)
      overrides = {**settings.retry, handler_timeout_ms: settings.handler_timeout_ms}.compact
      options = {concurrency: settings.concurrency, ack_wait_ms: settings.ack_wait_ms}.compact
      Concord::AcknowledgingConsumer.new(service: settings.service, namespace: settings.namespace, router:, publisher:,
        transport: @session.transport, handle: handling(router, rules).method(:call), order: settings.order,
        retry: overrides, max_deliveries: settings.max_deliveries, clock: @session.clock, random: @session.random,
        log: @session.log, **options)
    end

    def log_consumer(router, rules)
      settings = @session.settings
      options = {concurrency: settings.concurrency, handler_timeout_ms: settings.handler_timeout_ms,
                 max_deliveries: settings.max_deliveries, max_parked: settings.parked_limit}.compact
      Concord::Consumer::LogConsumer.new(inbox: inbox(router), transport: @session.transport, share: @session.share,
        handle: handling(router, rules).method(:call), clock: @session.clock, random: @session.random,
        log: @session.log, probe: @session.points, **options)
    end

    def policy_of(contract)
      @session.settings.retry.each_with_object(contract.retry_policy.dup) { |(name, value), policy| policy[name] = value }
    end

    def insert_effect(event, tx)
      tx.db[:cf_effects].insert(service: @session.settings.service, source: event.source, id: event.id, key: event.key,
        n: Fixtures.number(event.data))
    end

    # Tells of the end of each run when its transaction has ended.
    class WatchedInbox < Concord::Inbox
      def initialize(runs, **options)
        super(**options)
        @runs = runs
      end

      def process(event, &) = watching(->(outcome) { outcome }) { super(event, &noting(&)) }

      def run_parked(*arguments, **options, &)
        watching(->(result) { result&.last }) do
          super(*arguments, **options, &noting(&))
        end
      end

      private

      def noting
        lambda do |event, tx|
          Thread.current[:testee_event] = event
          yield event, tx
        end
      end

      def watching(outcome_of)
        Thread.current[:testee_event] = nil
        result = yield
        outcome = outcome_of.call(result)
        committed = outcome.respond_to?(:kind) && outcome.kind == :done
        result
      ensure
        event = Thread.current[:testee_event]
        @runs.settled(event, committed) if event
      end
    end
    private_constant :WatchedInbox
  end
end
