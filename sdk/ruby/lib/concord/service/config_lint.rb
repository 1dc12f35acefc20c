# frozen_string_literal: true

require_relative "../contract/stream_contract"
require_relative "../error"

module Concord
  class Service
    # Finds unsafe combinations of settings and contracts before anything is opened, each with its reason and the way out.
    class ConfigLint
      DAY_MS = Contract::StreamContract::DAY_MS
      private_constant :DAY_MS

      # @param config [Config]
      # @param handled [Array<Contract::EventContract>]
      # @param stateless [Boolean]
      def initialize(config, handled:, stateless:)
        @config = config
        @handled = handled
        @stateless = stateless
        @longest_ms = handled.map { |contract| contract.retry_policy.handler_timeout_ms }.max || 0
      end

      # Warns of what works badly.
      # @param log [#warn]
      # @raise [Error] `config` with all that cannot work
      def check(log)
        faults = refusals
        raise Error.new(:config, faults.map { |variable, fault| "#{variable}: #{fault}" }.join("\n")) if faults.any?

        warnings.each { |variable, message| log.warn("settings that may surprise", setting: "#{variable}: #{message}") }
      end

      # @return [Array<Array(String, String)>] variables with what is wrong with them
      def refusals
        return [] if @stateless

        [lease_below_heartbeat, park_beyond_handler].compact
      end

      # @return [Array<Array(String, String)>]
      def warnings
        with_database = [lease_short, lease_long, inbox_shorter_than_stream, concurrency_beyond_server] unless @stateless
        [*with_database, drain_shorter_than_handler].compact
      end

      private

      def lease_below_heartbeat
        return if @config.lease_ms >= 300

        ["CONCORD_LEASE_MS", "a lease of #{@config.lease_ms} ms ends between two heartbeats, so partitions wander; give " \
          "at least 300, better 10000"]
      end

      def lease_short
        return unless @config.lease_ms.between?(300, 1_999)

        ["CONCORD_LEASE_MS", "with a lease of #{@config.lease_ms} ms a pause of the process hands its partitions over and " \
          "work is repeated; give at least 2000"]
      end

      def lease_long
        return if @config.lease_ms <= 60_000

        ["CONCORD_LEASE_MS", "after a crash a replica's partitions rest for a lease of #{@config.lease_ms} ms; give at " \
          "most 60000"]
      end

      def park_beyond_handler
        return if @config.park_after_ms <= [@longest_ms, 60_000].max

        ["CONCORD_PARK_AFTER_MS", "waits up to #{@config.park_after_ms} ms would be kept in memory and hold back the " \
          "position; give at most 60000"]
      end

      # Trap T8: an event older than the inbox remembers is not handled but dead-lettered.
      def inbox_shorter_than_stream
        longest = @handled.map(&:stream_contract).max_by(&:retention_ms)
        return if longest.nil? || @config.inbox_days.nil? || @config.inbox_days * DAY_MS >= longest.retention_ms

        days = (longest.retention_ms / DAY_MS.to_f).ceil
        ["CONCORD_INBOX_DAYS", "stream #{longest.name} keeps #{days} days and the inbox #{@config.inbox_days}: events that " \
          "come later than that become dead letters (too_old); give #{days} to take them"]
      end

      def drain_shorter_than_handler
        return if @config.drain_timeout_ms >= @longest_ms

        ["CONCORD_DRAIN_TIMEOUT_MS", "a handler may take #{@longest_ms} ms and a stop waits #{@config.drain_timeout_ms}: " \
          "one that takes longer is aborted and runs again"]
      end

      def concurrency_beyond_server
        return unless @config.database_url.start_with?("postgres") && @config.concurrency > 80

        ["CONCORD_CONCURRENCY", "#{@config.concurrency} handlers at once need as many connections, and PostgreSQL allows " \
          "100 by default; give fewer or raise max_connections"]
      end
    end
  end
end
