# frozen_string_literal: true

require_relative "clock"
require_relative "error"
require_relative "silent_log"
require_relative "sql/failures"

module Concord
  # Drops what a service's inbox need not remember any longer, every hour: days beyond its keep time that every cursor has
  # passed (trap T8). A database that is away is asked again a minute later.
  class Maintenance
    DAY_MS = 86_400_000
    # An inbox remembers this long at least.
    MIN_KEEP_MS = 7 * DAY_MS
    EVERY_MS = 3_600_000
    RETRY_MS = 60_000
    private_constant :DAY_MS, :EVERY_MS, :RETRY_MS

    # @param inbox [Store::InboxStore]
    # @param retentions_ms [Array<Integer>] of the streams that the service reads: the inbox keeps as long as the longest,
    #   at least 7 days
    # @param inbox_days [Integer, nil] replaces that
    # @param consumer [String, nil] who reads `streams`: cursors of other streams count for the keep time more
    # @param streams [Array<String>] names at the broker
    def initialize(inbox:, retentions_ms: [], inbox_days: nil, consumer: nil, streams: [], clock: Clock.new,
      log: SilentLog.new)
      @inbox = inbox
      @reads = {consumer:, streams:}
      @keep_ms = inbox_days ? inbox_days * DAY_MS : [MIN_KEEP_MS, *retentions_ms].max
      @clock = clock
      @log = log
    end

    # Runs until it is canceled.
    # @param cancellation [Cancellation]
    def run(cancellation)
      @clock.sleep(prune ? EVERY_MS : RETRY_MS, cancellation) until cancellation.canceled?
    end

    # Drops now what may be dropped.
    # @return [Integer, nil] rows dropped; nil when the database failed
    def prune
      dropped = @inbox.prune(@clock.now_ms - @keep_ms, **@reads)
      @log.info("inbox pruned", dropped:, **@inbox.status) if dropped.positive?
      dropped
    rescue Error, *Sql::Failures.classes => error
      @log.warn("the inbox could not be pruned", error: Error.wrap(error).code, cause: error.message)
      nil
    end
  end
end
