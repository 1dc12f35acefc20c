# frozen_string_literal: true

require_relative "../rpc/connect_app"
require_relative "engine"
require_relative "http_server"
require_relative "parts"

module Concord
  class Service
    # A service that was started: database and migrations, port, then the broker in the background, so that health tells of
    # it.
    class Running
      # @return [String] address of its port
      attr_reader :url
      # @return [#info]
      attr_reader :log

      # @param parts [Parts]
      # @param on_failure [#call] told of what makes going on no use
      def initialize(parts, on_failure)
        @parts = parts
        @log = parts.log
        @lock = Mutex.new
        @engine = parts.engine = Engine.new(parts, on_failure)
        plant_seed
        @server = open_server
        @url = @server.url
        @engine.start
        log.info("service started", url:, transport: parts.config.transport.split(":").first)
      end

      # Tells whether the service can do its work, and of each thing that it needs for that.
      # @return [Hash] `:ready`, `:checks`
      def health
        checks = {database: @parts.storage&.health, broker: @engine.health, consumer: consumer_health,
                  service: @closing && {healthy: false, detail: "draining"}}.compact
        {ready: checks.each_value.all? { |check| check[:healthy] }, checks:}
      end

      # Ends in order: takes no new calls, finishes what runs, stores positions, gives leases back. Calls, and then handlers,
      # get the time that the configuration names; afterwards they are interrupted.
      # @return [Boolean] whether nothing was left behind that cannot be interrupted
      def close
        @lock.synchronize do
          return @ended if @closing

          @closing = true
        end
        @server.close
        @ended = @engine.close(@parts.config.drain_timeout_ms)
        @parts.storage&.close
        @ended
      end

      private

      # Runs once in the life of the database, however many replicas start: the seed is an operation, claimed in the same
      # transaction as what it writes.
      def plant_seed
        seed = @parts.definition.seed or return
        @parts.transact { |tx| seed.call(tx) if @parts.claim_operation("concord.service.seed", "1") }
      end

      def open_server
        config = @parts.config
        app = Rpc::ConnectApp.new(clock: @parts.clock, random: @parts.random, log:,
          call_options: -> { {db: @parts.storage&.database&.db, transaction: @parts.method(:transact)} })
        @parts.definition.rpcs.each { |type, implementation| app.add(Contract.service(type).descriptor, implementation) }
        HttpServer.new(name: @parts.name, app:, host: config.host, port: config.port, health: method(:health),
          info: method(:info), drain_timeout_ms: config.drain_timeout_ms)
      end

      def info
        {handles: @parts.contracts.handled.map(&:type), publishes: @parts.contracts.published.map(&:type)}
      end

      # A consumer that reads is healthy however far it is behind: not to send it calls would not help it.
      def consumer_health
        status = @engine.consumer&.status or return
        return {healthy: true, detail: "#{status[:running]} handlers run"} unless status[:streams]

        {healthy: status[:started], detail: "#{status[:lag]} messages behind at most; #{status[:parked]} events wait in " \
          "the database"}
      rescue Error, Sequel::Error
        {healthy: false, detail: "its state is not known, because database or broker do not answer"}
      end
    end
  end
end
